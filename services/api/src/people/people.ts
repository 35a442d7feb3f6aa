import { AppError, randomId } from "@guildhall/kernel";
import { claimId, type OwnerClient } from "@guildhall/owner";
import type { ClaimView, PeopleGet, PersonSecret, PersonView } from "@guildhall/proto";
import type { Log } from "@guildhall/telemetry/log";
import type { Order, SendOrder } from "./orders.ts";
import type { Passwords } from "./passwords.ts";

export type People = {
  /**
   * Makes a person. `secret`: hash of the password, "" for a person without one.
   * @returns the id.
   * @throws AppError `CONFLICT` when the name is taken; what SendOrder throws. A name whose person could
   *   not be made is free again after a minute.
   */
  create(name: string, secret: string): Promise<number>;

  /**
   * The person with this name and password, and what it was checked against. An unknown name costs the same questions and the same hash.
   * @throws AppError `UNAUTHENTICATED`.
   */
  signIn(name: string, password: string): Promise<{ readonly u: number; readonly secret: string }>;

  /** @throws AppError `NOT_FOUND`. */
  find(name: string): Promise<PersonView>;
};

export type PeopleNeeds = {
  readonly owner: OwnerClient;
  readonly send: SendOrder;
  readonly passwords: Passwords;
  readonly log: Log;
};

export function people({ owner, send, passwords, log }: PeopleNeeds): People {
  async function holderOf(name: string): Promise<number> {
    const { by } = (await owner.ask(claimId("user", name), 0, "claim.get", { kind: "user", name })) as ClaimView;
    return by;
  }

  async function secretOf(u: number, name: string): Promise<string> {
    const found = (await orNothing(owner.ask(u, 0, "person.secret", {}))) as PersonSecret | undefined;
    return found?.name === name ? found.secret : "";
  }

  /**
   * A reader of the journal confirms too, so a confirmation that fails here delays nothing but itself; unless
   * the claim had lapsed before the person was made and somebody else has the name now.
   */
  async function confirm(order: Order): Promise<void> {
    try {
      await send(order);
    } catch (error) {
      if (error instanceof AppError && error.code === "CONFLICT")
        throw new AppError("CONFLICT", "name was taken meanwhile");
      log.error("claim_confirm_failed", error);
    }
  }

  return {
    async create(name, secret) {
      const u = randomId();
      const g = claimId("user", name);
      const a = { kind: "user", name, by: u };
      await translated(send({ g, u: 0, m: "claim.take", a }), "CONFLICT", "name is taken");
      await translated(send({ g: u, u: 0, m: "person.create", a: { name, secret } }), "UNAVAILABLE", "id is taken");
      await confirm({ g, u: 0, m: "claim.confirm", a });
      return u;
    },

    async signIn(name, password) {
      const by = await holderOf(name);
      // Without a holder the claim itself is asked: it is no person, and as far away as one.
      const secret = await secretOf(by === 0 ? claimId("user", name) : by, name);
      if (!(await passwords.matches(secret, password))) throw new AppError("UNAUTHENTICATED", "name or password");
      return { u: by, secret };
    },

    async find(name) {
      const by = await holderOf(name);
      const found = by === 0 ? { people: [] } : ((await owner.ask(by, 0, "people.get", { u: [by] })) as PeopleGet);
      const person = found.people.find((one) => one.u === by && one.name === name);
      if (person === undefined) throw new AppError("NOT_FOUND", "no such name");
      return { u: person.u, name };
    },
  };
}

/** The answer, or nothing where the thing asked for is not there. */
async function orNothing(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof AppError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

/** Says `code` where an owner said that something is there already; who holds it stays with us. */
async function translated(sent: Promise<unknown>, code: "CONFLICT" | "UNAVAILABLE", detail: string): Promise<void> {
  try {
    await sent;
  } catch (cause) {
    const taken = cause instanceof AppError && (cause.code === "CONFLICT" || cause.code === "ALREADY");
    throw taken ? new AppError(code, detail, { cause }) : cause;
  }
}
