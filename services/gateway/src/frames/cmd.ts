import { AppError } from "@guildhall/kernel";
import type { CommandResult } from "@guildhall/owner";
import { type CmdFrame, commandSpec } from "@guildhall/proto";
import type { Person, Session } from "../session/session.ts";
import { checkAt } from "./check-at.ts";
import { commit } from "./commit.ts";
import type { FrameNeeds } from "./needs.ts";

/** `cmd`: a command of the table. @throws AppError as `commit`; `UNKNOWN_METHOD`; `BAD_ARGS`; `QUOTA`. */
export async function cmd(
  session: Session,
  person: Person,
  frame: CmdFrame,
  needs: FrameNeeds,
): Promise<CommandResult> {
  const spec = commandSpec(frame.m);
  if (spec?.via !== "cmd") throw new AppError("UNKNOWN_METHOD", "not for clients");
  const a = checkAt("/a", spec.args, frame.a);
  return commit(session, person, spec, { ...frame, a }, needs);
}
