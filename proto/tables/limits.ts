/**
 * How far the wall clocks of any two processes of ours may be apart, ms; docs/adr/0027 says what goes by it. Clients
 * never meet it.
 */
export const CLOCKS_APART_MAX_MS = 90_000;

/**
 * Every limit a client can meet, once. Units are in the names; a name without a unit is a count.
 * docs/protocol/limits.md lists the same rows; a test keeps the two equal.
 */
export const LIMITS = {
  /** A frame from a client, after unmasking. Larger: TOO_LARGE. */
  frameInMaxBytes: 16 * 1024,
  /** A frame to a client. Pages and batches are split below it. */
  frameOutMaxBytes: 64 * 1024,
  /** Nesting of maps and arrays; the frame itself is level 1. */
  depthMax: 8,
  /** Maps, arrays and scalars in one frame. */
  nodesMax: 2_048,
  keysPerMapMax: 64,
  arrayMax: 1_024,
  stringMaxBytes: 16 * 1024,
  /** Requests of one connection that are not yet answered. More: RATE_LIMITED. */
  inFlightMax: 64,
  helloDeadlineMs: 5_000,
  /** What the server tells clients as `hb`; silent for `hb` + heartbeatGraceMs: closed 4002. */
  heartbeatMs: 25_000,
  heartbeatGraceMs: 10_000,
  /** Bad frames in one connection before it is closed 4400. */
  strikesMax: 3,
  /** Above this a socket is sent no ephemeral frames. */
  bufferedSkipBytes: 32 * 1024,
  /** At this a socket is closed 4001. */
  bufferedCloseBytes: 64 * 1024,
  subscriptionsMax: 512,
  activeLanesMax: 32,
  /** Replay on resume, a connection; beyond it `gap`. */
  replayMaxEvents: 2_000,
  replayMaxBytes: 1024 * 1024,
  /** How often a client tells how far it has read a group, at most. */
  readEveryMs: 2_000,
  /** Typing of one person in one group is told on at most once in this time. */
  typingEveryMs: 5_000,
  /** A client shows typing for this long. */
  typingShownMs: 10_000,
  /** With more connections than this following the group, typing is not told on. */
  typingOnlineMax: 100,
  /** How many are present in a group is told at most once in this time. */
  presenceEveryMs: 5_000,
  pageMax: 100,
  askIdsMax: 100,
  textMaxCodePoints: 4_000,
  textMaxBytes: 12 * 1024,
  mentionsMax: 50,
  reactionMaxCodePoints: 16,
  reactionKindsMax: 20,
  pinsPerGroupMax: 50,
  reasonMaxCodePoints: 512,
  nicknameMaxCodePoints: 80,
  groupNameMaxCodePoints: 80,
  groupIntroMaxCodePoints: 512,
  /** The picture of a group; what it is drawn in is at most so many pixels wide and high. */
  avatarMaxBytes: 8 * 1024,
  avatarMaxPixels: 512,
  /** Changes of a group's name, picture and intro in 24 hours. */
  profileChangesPerDay: 20,
  profileVersionsPageMax: 20,
  groupTagsMax: 8,
  groupTagMaxCodePoints: 20,
  membersPerGroupMax: 5_000,
  rolesPerGroupMax: 32,
  roleNameMaxCodePoints: 32,
  roleRankMax: 999,
  slowModeMaxMs: 6 * 3_600_000,
  rolesPerMemberMax: 8,
  groupsPerPersonMax: 500,
  /** A nonce is remembered this long; an older one is STALE_NONCE. */
  nonceMaxAgeMs: 24 * 3_600_000,
  /** A nonce from further in the future is BAD_ARGS. */
  nonceSkewMs: 420_000,
  recallWindowMs: 120_000,
  /** Judged at the owner, so the way there is forgiven. */
  recallGraceMs: 2_000,
  editWindowMs: 15 * 60_000,
  editsPerMessageMax: 10,
  /** Posts as the group in a minute, of everybody who may speak for it together. */
  officialPostsPerMinute: 10,
  announcementTitleMaxCodePoints: 120,
  /** Announcements of a group in 24 hours, of everybody who may publish together. */
  announcementsPerDay: 50,
  /** Announcements that mention everybody are at least so far apart. */
  announcementMentionEveryMs: 10 * 60_000,
  /** What an announcement may have said, that of its publication included. */
  announcementVersionsMax: 20,
  announcementsPageMax: 50,
  muteMaxMs: 28 * 86_400_000,
  entitlementRefMaxCodePoints: 120,
  /** Of the changes of what somebody is entitled to the newest are kept. */
  entitlementChangesKept: 50,
  /** From the announcement that a group is to end until it can be dissolved. */
  dissolutionDelayMs: 72 * 3_600_000,
  appealMaxCodePoints: 2_000,
  /** Appeals of a group are at least so far apart. */
  appealEveryMs: 24 * 3_600_000,
  appealsPageMax: 5,
  /** Who recovers a group whose owner is lost: at least and at most so many. */
  guardiansMin: 3,
  guardiansMax: 5,
  /** From the last approval until a group can be handed over, and until other guardians take the place of the first. */
  recoveryDelayMs: 72 * 3_600_000,
  /** A recovery that is not finished lapses so long after it was opened. */
  recoveryOpenMs: 14 * 86_400_000,
  accountNameMaxCodePoints: 80,
  operatorsPerAccountMax: 50,
  groupsPerAccountMax: 200,
  /** Groups of an account in one `account.each`. */
  eachGroupsMax: 50,
  /** Accounts of which one person is an operator. */
  accountsPerPersonMax: 100,
  /** How long somebody may read a group's acts before that is recorded again. */
  auditOpenMs: 3_600_000,
  /** How old a password sign-in may be for a dangerous command. */
  dangerousSignInMaxMs: 12 * 3_600_000,
  userNameMin: 3,
  userNameMax: 32,
  passwordMinBytes: 8,
  passwordMaxBytes: 256,
  /** Devices of one person that are signed in at a time. */
  devicesMax: 20,
  accessTokenMs: 10 * 60_000,
  refreshTokenMs: 30 * 86_400_000,
  refreshIdleMs: 7 * 86_400_000,
  operatorCodeMs: 15 * 60_000,
} as const;
