import { memoryBus } from "@guildhall/bus/memory";
import { Closers, randomId } from "@guildhall/kernel";
import type { MemberFacts, Question } from "@guildhall/proto";
import type { Bit } from "@guildhall/proto/tables";
import { Registry } from "@guildhall/telemetry";
import { silentLog } from "@guildhall/telemetry/log";
import { fakeClock, scratchFolder } from "@guildhall/testkit";
import type { PermissionConfig } from "../src/config.ts";
import { type Permission, startPermission } from "../src/permission.ts";
import { FakeOwner } from "./fake-owner.ts";

export const OWNER = 101;
export const ANN = 102;
export const BOB = 103;
export const holding = (...roles: number[]): MemberFacts => ({ roles, mute: 0 });

export type Bench = AsyncDisposable & {
  readonly clock: ReturnType<typeof fakeClock>;
  readonly owner: FakeOwner;
  readonly permission: Permission;
  readonly registry: Registry;
  /** A group of OWNER, ANN and BOB, unless the test adds others. */
  readonly g: number;
  check(u: number, bit: Bit, more?: Partial<Question>): ReturnType<Permission["permit"]["check"]>;
  /** Resolves when what was published before has been heard. */
  heard(): Promise<void>;
};

/** A sidecar on a memory bus, with an owner and a clock that do what the test says. */
export async function startBench(over: Partial<PermissionConfig> = {}): Promise<Bench> {
  const closers = new Closers();
  try {
    return await open(closers, over);
  } catch (error) {
    await closers[Symbol.asyncDispose]();
    throw error;
  }
}

async function open(closers: Closers, over: Partial<PermissionConfig>): Promise<Bench> {
  const folder = closers.use(await scratchFolder());
  const bus = closers.use(memoryBus(() => {}));
  const clock = fakeClock();
  const registry = new Registry();
  const config = {
    socketPath: `${folder.path}/p.sock`,
    partitions: 4,
    groupsMax: 1_000,
    membersPerGroupMax: 1_000,
    ...over,
  };
  const owner = await FakeOwner.open(bus, config.partitions);
  const permission = closers.use(await startPermission(config, { bus, clock, registry, log: silentLog }));
  const g = randomId();
  owner.add({ g, owner: OWNER }, [
    [OWNER, holding()],
    [ANN, holding()],
    [BOB, holding()],
  ]);

  return {
    clock,
    owner,
    permission,
    registry,
    g,
    check: (u, bit, more = {}) => permission.permit.check({ g, u, need: [bit], auth: clock.nowMs(), minV: 0, ...more }),
    async heard() {
      const subscription = await bus.subscribe("heard", () => done());
      let done = () => {};
      const arrived = new Promise<void>((resolve) => {
        done = resolve;
      });
      bus.publish("heard", new Uint8Array());
      await arrived;
      subscription.stop();
    },
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}
