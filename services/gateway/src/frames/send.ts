import { AppError } from "@guildhall/kernel";
import type { CommandResult } from "@guildhall/owner";
import { COMMANDS, CONTENT_KINDS, type SendArgs, type SendFrame } from "@guildhall/proto";
import { checkArgs } from "@guildhall/wire";
import type { Person, Session } from "../session/session.ts";
import { commit } from "./commit.ts";
import type { FrameNeeds } from "./needs.ts";

const METHOD = "msg.send";

/** `send`: content into a group. The answer says where it stands. @throws AppError as `commit`; `BAD_ARGS`; `RATE_LIMITED`. */
export function send(session: Session, person: Person, frame: SendFrame, needs: FrameNeeds): Promise<CommandResult> {
  const { k, b, re, mn } = frame;
  if (!Object.hasOwn(CONTENT_KINDS, k)) throw new AppError("BAD_ARGS", "unknown kind", { d: { path: "/k" } });
  const spec = COMMANDS[METHOD];
  const plain = { k, b };
  const args = re === undefined && mn === undefined ? plain : withOptional(plain, re, mn);
  const a = checkArgs<SendArgs>(spec.args, args);
  needs.limits.send(person.u, frame.g);
  return commit(session, person, spec, Object.assign(frame, { m: METHOD, a }), needs);
}

function withOptional(plain: Pick<SendFrame, "k" | "b">, re: SendFrame["re"], mn: SendFrame["mn"]) {
  return { ...plain, ...(re === undefined ? {} : { re }), ...(mn === undefined ? {} : { mn }) };
}
