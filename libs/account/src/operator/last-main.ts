import { AppError } from "@guildhall/kernel";
import type { Operator } from "@guildhall/proto";

/** An account is never without a main operator. @throws AppError `LAST_OWNER`. */
export function refuseWithoutMain(operators: readonly Operator[]): void {
  if (!operators.some(([, grade]) => grade === "main")) throw new AppError("LAST_OWNER", "the last main operator");
}
