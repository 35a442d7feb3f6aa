import { answerAppeal, setGroupState, signUp } from "@guildhall/client";
import { EVENT_BODIES, type Event, type EventKind } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import { checkArgs } from "@guildhall/wire";
import { expect, test } from "vitest";
import type { StartBench } from "./bench.ts";
import { PICTURE } from "./picture.ts";

/** Keys of a body that its schema does not name. */
function unnamed({ k, b }: Event): string[] {
  const { properties } = EVENT_BODIES[k as EventKind] as { readonly properties: object };
  return Object.keys(b as object).filter((key) => !Object.hasOwn(properties, key));
}

/** What every composition must do: events say what their schemas say. */
export function eventsContract(startBench: StartBench): void {
  test("what every kind of event says is what its schema says, and no more", async () => {
    const bench = await startBench();
    const member = async (name: string) => {
      const session = await signUp(bench.server.http, { name: bench.name(name), password: "correct horse" });
      return bench.client(session);
    };
    const [ann, bob] = await Promise.all([member("ann"), member("bob")]);
    const { g, number } = await ann.createGroup({ name: "Book club", category: "interest", tags: [], intro: "" });
    const [hers, his] = [ann.group(g), bob.group(g)];

    const events: Event[] = [];
    hers.listen((item) => void (item.type === "event" && events.push(item.event)));
    await hers.subscribe();
    events.push(...(await hers.history({ a: 1, z: 1 })).e);
    await his.join({ nick: "Bob" });
    await his.nick("Bobby");
    const one = await hers.send("one", { mn: [bob.me] });
    const two = await his.action("waves");
    await hers.edit(one.s, "one, changed");
    await hers.react(two.s, "👍");
    await hers.pin(two.s);
    await hers.unpin(two.s);
    await hers.delete(two.s);
    const told = await hers.announcements.publish({ title: "Hours", t: "We open at nine." }, { mn: "all" });
    await hers.announcements.edit(told.s, { title: "Hours", t: "We open at ten." });
    await hers.announcements.withdraw(told.s);
    await hers.recall(one.s);
    await hers.mute(bob.me, ann.nowMs() + 60_000);
    await hers.unmute(bob.me);
    await hers.createRole({ name: "Helper", rank: 200, p: [1 << 16, 0] });
    const helper = (await hers.roles()).find(({ name }) => name === "Helper")?.id ?? 0;
    await hers.editRole(helper, { name: "Helpers", rank: 300, p: [0, 0] });
    await hers.deleteRole(helper);
    const role = (await hers.roles()).find(({ rank }) => rank > 100 && rank < 1_000);
    await hers.assignRole(bob.me, role?.id ?? 0);
    await hers.takeRole(bob.me, role?.id ?? 0);
    await hers.editProfile({ name: "Film club", tags: ["film"] });
    await hers.rename("Films");
    await hers.profile.setAvatar(PICTURE);
    await hers.profile.rollBack(1);
    await hers.profile.lock(true);
    const guardians = await Promise.all(["carl", "dora", "eve"].map(member));
    for (const guardian of guardians) await guardian.group(g).join();
    const [carl = ann, dora = ann] = guardians;
    await hers.recovery.setGuardians(
      guardians.map(({ me }) => me),
      2,
    );
    const opened = await carl.group(g).recovery.open(bob.me, "she is away");
    await dora.group(g).recovery.approve(opened.s);
    await carl.group(g).recovery.veto(opened.s, "she is back");
    await hers.changePolicy("qq");
    await hers.changeSettings({ muteAll: true, slowMs: 1_000, membersMax: 50, official: true });
    await hers.kick(bob.me);
    await hers.ban(bob.me, { untilMs: ann.nowMs() + 60_000 });
    await hers.unban(bob.me);
    await his.join();
    await his.leave();
    await his.join();
    const { http } = bench.server;
    await setGroupState(http, bench.key, number, { state: "frozen", why: "a complaint" });
    await setGroupState(http, bench.key, number, { state: "active", why: "it was none" });
    await hers.life.announceEnd();
    await hers.life.cancelEnd();
    await setGroupState(http, bench.key, number, { state: "frozen", why: "another complaint" });
    const appeal = await hers.life.appeal("they complain about everything");
    await answerAppeal(http, bench.key, number, { n: 1, granted: true, why: "so they do" });
    await until(() => events.some(({ s }) => s > appeal.s));
    await hers.transfer(bob.me);
    for (const guardian of guardians) await his.kick(guardian.me).catch(() => guardian.group(g).leave());
    const { a } = await bob.createAccount("The society");
    await bob.account(a).adopt(g);
    await bob.account(a).setOperator(ann.me, "main");
    await until(() => events.some(({ k }) => k === "group.operators"));
    await his.leave();
    await hers.dissolve();
    await until(() => events.some(({ k }) => k === "group.dissolve"));

    for (const event of events) {
      expect(() => checkArgs(EVENT_BODIES[event.k as EventKind], event.b)).not.toThrow();
      expect([event.k, unnamed(event)]).toEqual([event.k, []]);
    }
    // `recovery.finish` comes three days after `recovery.approve` at the soonest.
    const soon = Object.keys(EVENT_BODIES).filter((kind) => kind !== "recovery.finish");
    expect(new Set(events.map(({ k }) => k))).toEqual(new Set(soon));
  });
}
