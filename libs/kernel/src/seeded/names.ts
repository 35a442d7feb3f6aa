/**
 * Faults that are built in on purpose, to see whether the tests find them. They exist only where the condition
 * `seeded` is given to node (`--conditions=seeded`): every other build holds the constant `false` in their place.
 */
export const SEEDED = [
  /** The gateway sends each event to each socket at once. */
  "no-gather",
  /** The journal acknowledges before the commit is on the disk. */
  "ack-before-sync",
  /** The owner knows no nonce from before its term. */
  "forget-nonces",
  /** A resume begins one event late. */
  "resume-off-by-one",
  /** What a socket did not take counts as sent, and no slow reader is closed. */
  "dropped-as-sent",
  /** A question about a right that nobody answers in time counts as allowed. */
  "allow-unanswered",
  /** JetStream drops a journal's oldest records where it is full, and takes the new one. */
  "discard-old",
  /** Statements of Cassandra without an answer are sent again, whatever a repeat does. */
  "repeat-any-statement",
  // Rules of the commit path, switched off one by one for the simulation; `rule-<number>-<what is left out>`.
  /** An append without an answer is sent again. */
  "rule-1-append-once",
  /** An owner that the journal's fence refuses appends at the end all the same, and counts positions by itself. */
  "rule-1-fence",
  /** The beacons of a term go on when it has ended. */
  "rule-2-dead-terms",
  /** Answers do not wait for what they were made from to be durable. */
  "rule-3-answer-after-ack",
  /** Events leave before their record is durable. */
  "rule-3-events-after-ack",
  /** What an owner of the past says is taken for the word of the present one. */
  "rule-4-lower-terms",
  /** Under a new owner nothing that is held is verified again. */
  "rule-4-verify-again",
  /** The owner believes the edge that a command is allowed. */
  "rule-5-decide-at-commit",
  /** Rows carry the writer's own time and not their record's position. */
  "rule-6-record-timestamps",
  /** The checkpoint moves before what it says is stored. */
  "rule-7-checkpoint-prefix",
  /** Of each page that is read from the journal again, the first record is not stored. */
  "rule-7-reread-whole",
  /** The owner looks no nonce up that is older than its term. */
  "rule-8-nonce-lookup",
  /** A nonce counts as made by a clock that is never ahead, whatever records say. */
  "rule-8-leads",
  /** The nonces that an owner was handed are thrown away, and count as known. */
  "rule-8-handed",
  /** A nonce is known only on the connection on which it came first. */
  "rule-8-any-connection",
  /** A command is run however late it comes. */
  "rule-9-deadline",
  /** Refusals are forgotten at once. */
  "rule-9-refusals",
  /** An owner decides what was meant for one before it. */
  "rule-9-terms",
  /** Rows that are not stored leave the owner's memory. */
  "rule-10-keep-unstored",
  /** A rewritten row does not say by what. */
  "rule-11-rev",
  /** Pages are not laid over with the rewrites that are not stored. */
  "rule-12-lay-over",
  /** Who may read is asked once, and not in the turn that writes. */
  "rule-12-right-in-turn",
  /** The gateway believes for 2 s what it was answered about who may read. */
  "rule-12-ask-each-time",
  /** What comes of a lane before the owner has answered is not kept. */
  "rule-13-keep-before-open",
  /** A lost beacon is not noticed. */
  "rule-14-beacon-jump",
  /** A hole in a lane is delivered over. */
  "rule-14-no-hole",
  /** A removal is applied a moment after what follows it. */
  "rule-15-removal-in-order",
  /** What a journal reader tells another entity replaces newer things. */
  "rule-16-guarded",
  /** Lists of groups are not rebuilt where an epoch begins. */
  "rule-16-reconcile",
] as const;

export type Seeded = (typeof SEEDED)[number];
