import type { Feature } from "@guildhall/entity";
import { removeOperator } from "./remove-operator.ts";
import { setOperator } from "./set-operator.ts";

/** Who acts for an account, each as themselves. */
export const operator: Feature = {
  tables: [],
  commands: { "operator.set": setOperator, "operator.remove": removeOperator },
  queries: {},
};
