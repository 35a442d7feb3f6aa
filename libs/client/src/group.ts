import type {
  AuditPage,
  AuditPageArgs,
  BansPage,
  ClientFrame,
  Committed,
  ContentKind,
  CreateRoleArgs,
  EditGroupArgs,
  Event,
  Explained,
  GroupView,
  MemberView,
  Page,
  PinsList,
  PinView,
  PresenceCount,
  ReactionsOf,
  ReactionsPage,
  RoleChanges,
  RoleView,
  SettingsArgs,
} from "@guildhall/proto";
import { CLIENT_FRAME, LIMITS, type PolicyName } from "@guildhall/proto/tables";
import { Announcements } from "./announcements.ts";
import { GuildhallError } from "./errors.ts";
import { explainArgs } from "./explain.ts";
import { type ExportRange, exportPages } from "./export.ts";
import { Following, type FollowingNeeds, type GroupState, type SubscribeOptions } from "./following.ts";
import type { GroupItem } from "./items.ts";
import { Life } from "./life.ts";
import { allMembers } from "./members.ts";
import type { CommandOptions, HistoryQuery, OnlyIf, SendOptions, VoiceOptions } from "./options.ts";
import { type PendingText, PendingTexts } from "./pending.ts";
import { Profile } from "./profile.ts";
import { Recovery } from "./recovery.ts";

export type GroupNeeds = Omit<FollowingNeeds, "pending" | "page"> & {
  /** Server time. */
  nowMs(): number;
  ask(m: string, a: unknown): Promise<unknown>;
  nonce(): Uint8Array;
};

/**
 * One group as one person sees it. Commands reject with GuildhallError; each is carried out once, however often it
 * had to be repeated, and those of one group in the order they were made.
 */
export class Group {
  readonly g: number;
  readonly #needs: GroupNeeds;
  readonly #pending = new PendingTexts();
  readonly #following: Following;
  readonly announcements: Announcements = new Announcements(this, (m, a) => this.#needs.ask(m, a));
  readonly profile: Profile = new Profile(this, (m, a) => this.#needs.ask(m, a));
  readonly life: Life = new Life(this, (m, a) => this.#needs.ask(m, a));
  /** How another person becomes the owner when the owner is lost. */
  readonly recovery: Recovery = new Recovery(this, (m, a) => this.#needs.ask(m, a));

  constructor(g: number, needs: GroupNeeds) {
    this.g = g;
    this.#needs = needs;
    this.#following = new Following(g, { ...needs, pending: this.#pending, page: (a, z) => this.history({ a, z }) });
  }

  /** Where the client hands in what concerns this group. */
  get following(): Following {
    return this.#following;
  }

  // Following

  /**
   * Begins to follow the group. Calling it again changes the mode.
   * @throws GuildhallError `NOT_MEMBER`, `NOT_FOUND`, `QUOTA` past the server's number of groups.
   */
  subscribe(options: SubscribeOptions = {}): Promise<GroupState> {
    return this.#following.subscribe(options);
  }

  /** Stops following. Open iterators stay, and go on if the group is subscribed to again. */
  unsubscribe(): void {
    this.#following.unsubscribe();
  }

  /** Undefined before the group was subscribed to. */
  get state(): GroupState | undefined {
    return this.#following.state;
  }

  /** Own texts whose events have not come yet. */
  get pending(): readonly PendingText[] {
    return this.#pending.list;
  }

  /** Items from this call on; see GroupItem. */
  events(): AsyncIterableIterator<GroupItem> {
    return this.#following.feed.items();
  }

  /** Calls `listener` with each item at once. It must not throw. Returns how to stop it. */
  listen(listener: (item: GroupItem) => void): () => void {
    return this.#following.feed.listen(listener);
  }

  /**
   * Has read up to `seq`, of a group that is subscribed to. The furthest counts; it is told at most every two
   * seconds, and again after a lost connection. Other devices get an item "read".
   */
  read(seq: number): void {
    this.#following.live.read(seq);
  }

  /** Is typing: call it with every key; the server is told at most every five seconds. */
  typing(): void {
    this.#following.live.type();
  }

  // Commands

  /** Sends text. The echo item comes at once, the event with the same nonce takes its place. */
  send(text: string, options: SendOptions = {}): Promise<Committed> {
    return this.#say("text", text, options);
  }

  /** Sends a /me line. */
  action(text: string, options: SendOptions = {}): Promise<Committed> {
    return this.#say("action", text, options);
  }

  /** Changes one's own message; as the group, one that was said as the group. */
  edit(seq: number, text: string, voice: VoiceOptions = {}): Promise<Committed> {
    return this.command("msg.edit", { s: seq, b: { t: text } }, voice);
  }

  /** Takes back one's own message, or as the group one of its own. @throws GuildhallError `WINDOW_CLOSED` after two minutes. */
  recall(seq: number, voice: VoiceOptions = {}): Promise<Committed> {
    return this.command("msg.recall", { s: seq }, voice);
  }

  /** Deletes another's message as a moderator. */
  delete(seq: number, why?: string): Promise<Committed> {
    return this.command("msg.delete", { s: seq }, { why });
  }

  /** Puts an emoji on a message. @throws GuildhallError `ALREADY` when it is there. */
  react(seq: number, emoji: string): Promise<Committed> {
    return this.command("msg.react", { s: seq, r: emoji, on: true });
  }

  /** Takes one's own emoji back. */
  unreact(seq: number, emoji: string): Promise<Committed> {
    return this.command("msg.react", { s: seq, r: emoji, on: false });
  }

  pin(seq: number, voice: VoiceOptions = {}): Promise<Committed> {
    return this.command("msg.pin", { s: seq }, voice);
  }

  unpin(seq: number, voice: VoiceOptions = {}): Promise<Committed> {
    return this.command("msg.unpin", { s: seq }, voice);
  }

  join(options: { readonly nick?: string } = {}): Promise<Committed> {
    return this.command("member.join", options.nick === undefined ? {} : { nick: options.nick });
  }

  /** Leaves. The event of it may not be told any more; the state "removed" is. */
  async leave(): Promise<Committed> {
    const committed = await this.command("member.leave", {});
    this.#following.gone("member.leave");
    return committed;
  }

  kick(u: number, why?: string): Promise<Committed> {
    return this.command("member.kick", { u }, { why });
  }

  /** `untilMs` is server time. */
  mute(u: number, untilMs: number, why?: string): Promise<Committed> {
    return this.command("member.mute", { u, until: untilMs }, { why });
  }

  unmute(u: number): Promise<Committed> {
    return this.command("member.unmute", { u });
  }

  /** Ends a membership and keeps the person from joining; `untilMs` is server time, without it the ban has no end. */
  ban(u: number, options: { readonly untilMs?: number; readonly why?: string } = {}): Promise<Committed> {
    const { untilMs, why } = options;
    return this.command("member.ban", untilMs === undefined ? { u } : { u, until: untilMs }, { why });
  }

  unban(u: number): Promise<Committed> {
    return this.command("member.unban", { u });
  }

  /** Changes a nickname: one's own without `u`. Empty removes it. */
  nick(nick: string, u?: number): Promise<Committed> {
    return this.command("member.nick", u === undefined ? { nick } : { u, nick });
  }

  /** A new role, or a copy of one under another name. Its id is in the event, and in `roles`. */
  createRole(role: CreateRoleArgs, onlyIf: OnlyIf = {}): Promise<Committed> {
    return this.command("role.create", role, onlyIf);
  }

  /** Changes what is named. */
  editRole(role: number, changes: RoleChanges, onlyIf: OnlyIf = {}): Promise<Committed> {
    return this.command("role.edit", { role, ...changes }, onlyIf);
  }

  /** Those who have it have it no more. */
  deleteRole(role: number, onlyIf: OnlyIf = {}): Promise<Committed> {
    return this.command("role.delete", { role }, onlyIf);
  }

  assignRole(u: number, role: number): Promise<Committed> {
    return this.command("role.assign", { u, role });
  }

  takeRole(u: number, role: number): Promise<Committed> {
    return this.command("role.take", { u, role });
  }

  editProfile(changes: EditGroupArgs): Promise<Committed> {
    return this.command("group.edit", changes);
  }

  /** Changes what is named. `membersMax` 0 lifts the cap. */
  changeSettings(changes: SettingsArgs): Promise<Committed> {
    return this.command("group.settings", changes);
  }

  /** Another name; who may give it one, the policy of the group says. */
  rename(name: string): Promise<Committed> {
    return this.command("group.rename", { name });
  }

  /** The group follows another policy. The owner's. */
  changePolicy(policy: PolicyName, why?: string): Promise<Committed> {
    return this.command("group.policy", { policy }, { why });
  }

  transfer(to: number): Promise<Committed> {
    return this.command("group.transfer", { to });
  }

  /** After the waiting time; who is alone in the group need not announce it. @throws GuildhallError `PENDING_APPROVAL`. */
  dissolve(): Promise<Committed> {
    return this.command("group.dissolve", {});
  }

  /** Any command by its method: what the named ones above are made of. */
  async command(m: string, a: unknown, { why, ifV, as }: CommandOptions = {}): Promise<Committed> {
    const n = this.#needs.nonce();
    const options = {
      ...(why === undefined ? {} : { why }),
      ...(ifV === undefined ? {} : { ifV }),
      ...(as === undefined ? {} : { as }),
    };
    const frame = { t: CLIENT_FRAME.cmd, g: this.g, n, m, a, ...options };
    return this.#commit((i, rt, pv) => ({ ...frame, i, ...pv, ...rt }));
  }

  // Questions

  /** A page of history. @throws GuildhallError `NOT_MEMBER`, `FORBIDDEN`, `BAD_ARGS`. */
  async history(query: HistoryQuery): Promise<Page> {
    const range = "a" in query ? query : { ...query, lim: query.lim ?? LIMITS.pageMax };
    return (await this.#needs.run({
      commits: false,
      deadlineMs: this.#needs.deadlineMs(),
      make: (i) => ({ t: CLIENT_FRAME.get, i, g: this.g, ...range }),
    })) as Page;
  }

  /**
   * A stretch of history as it stands now, page by page: each is read when the one before was taken. What was edited
   * or taken back since shows as that. After an error, begin again with `after` the last seq one has.
   * @throws GuildhallError as `history`; `CONFLICT` when the history was replaced meanwhile.
   */
  export(range: ExportRange = {}): AsyncGenerator<readonly Event[], void> {
    return exportPages(
      range,
      (query) => this.history(query),
      () => this.#needs.nowMs(),
    );
  }

  /** Every member, by rising id. */
  members(): Promise<readonly MemberView[]> {
    return allMembers(this.g, (m, a) => this.#needs.ask(m, a));
  }

  /**
   * A page of acts of power, with `before` the newest first, else the oldest; go on with its `next` while there is
   * `more`, also where it is empty. Needs VIEW_AUDIT_LOG. Once an hour that is an act itself, with `why` as its reason.
   */
  async audit(query: Omit<AuditPageArgs, "g"> = {}, why?: string): Promise<AuditPage> {
    const page = async () => (await this.#needs.ask("audit.page", { g: this.g, ...query })) as AuditPage;
    return await page().catch(async (error: unknown) => {
      const isClosed =
        error instanceof GuildhallError && (error.d as { open?: unknown } | undefined)?.open !== undefined;
      if (!isClosed) throw error;
      await this.command("audit.open", {}, { why });
      return await page();
    });
  }

  /** A page of bans by rising id; `after` is the last id of the page before. */
  async bans(after?: number): Promise<BansPage> {
    return (await this.#needs.ask("bans.list", after === undefined ? { g: this.g } : { g: this.g, after })) as BansPage;
  }

  /** What is on one message, and a page of who reacted by rising id; `after` is the last id of the page before. */
  async reactions(seq: number, after?: number): Promise<ReactionsOf> {
    const args = { g: this.g, s: seq };
    return (await this.#needs.ask("reactions.get", after === undefined ? args : { ...args, after })) as ReactionsOf;
  }

  /** The counts of the messages from `a` to `z`, at most LIMITS.pageMax seqs: what belongs to a page of history. */
  async reactionsOn(a: number, z: number): Promise<ReactionsPage> {
    return (await this.#needs.ask("reactions.page", { g: this.g, a, z })) as ReactionsPage;
  }

  /** What is pinned, in the order it was. */
  async pins(): Promise<readonly PinView[]> {
    return ((await this.#needs.ask("pins.list", { g: this.g })) as PinsList).pins;
  }

  /** How many people have a connection that is subscribed to the group. Items "online" tell of changes. */
  async online(): Promise<number> {
    return ((await this.#needs.ask("presence.count", { g: this.g })) as PresenceCount).on;
  }

  async roles(): Promise<readonly RoleView[]> {
    const answer = (await this.#needs.ask("roles.list", { g: this.g })) as RoleView[] | { roles: RoleView[] };
    return Array.isArray(answer) ? answer : answer.roles;
  }

  /** Which fact keeps one from command `m`, about person `u`, or made it fail with `error`; and who could change that. */
  async explain(m: string, about: { readonly u?: number; readonly error?: GuildhallError } = {}): Promise<Explained> {
    return (await this.#needs.ask("explain", { g: this.g, m, ...explainArgs(about) })) as Explained;
  }

  /** The public profile; needs no membership. */
  async get(): Promise<GroupView> {
    return (await this.#needs.ask("group.get", { g: this.g })) as GroupView;
  }

  async #say(k: ContentKind, t: string, { re, mn, as }: SendOptions): Promise<Committed> {
    const n = this.#needs.nonce();
    const b = { t };
    this.#pending.add(n, k, b);
    this.#following.feed.emit({ type: "echo", nonce: n, kind: k, body: b });
    const optional = {
      ...(re === undefined ? {} : { re }),
      ...(as === undefined ? {} : { as }),
      ...(mn === undefined ? {} : { mn: mn === "all" ? mn : [...mn] }),
    };
    const frame = { t: CLIENT_FRAME.send, g: this.g, n, k, b, ...optional };
    try {
      const committed = await this.#commit((i, rt, pv) => ({ ...frame, i, ...pv, ...rt }));
      this.#pending.committed(n, committed.s, this.#following.past(committed.s));
      return committed;
    } catch (error) {
      this.#pending.drop(n);
      if (error instanceof GuildhallError) this.#following.feed.emit({ type: "refused", nonce: n, error });
      throw error;
    }
  }

  /** `pv` is that of the first sending, so that every repeat is the same command. */
  async #commit(make: (i: number, rt: { rt?: 1 }, pv: { pv?: number }) => ClientFrame): Promise<Committed> {
    let pv: { pv?: number } | undefined;
    const answer = (await this.#needs.run({
      commits: true,
      deadlineMs: this.#needs.deadlineMs(),
      order: this.g,
      make: (i, repeat) => {
        pv ??= this.#following.pv > 0 ? { pv: this.#following.pv } : {};
        return make(i, repeat ? { rt: 1 } : {}, pv);
      },
    })) as Committed;
    this.#following.saw(answer.pv ?? 0);
    return answer;
  }
}
