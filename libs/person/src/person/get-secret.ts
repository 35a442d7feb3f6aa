import type { Query } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { PersonSecret } from "@guildhall/proto";
import { CREDENTIALS, PERSONS } from "./tables.ts";

/** `person.secret`: what a sign-in is checked against. For our services only. @throws AppError `NOT_FOUND`. */
export const getSecret: Query<object> = async (reader, _, { g }): Promise<PersonSecret> => {
  const [person, credential] = await Promise.all([reader.get(PERSONS, g), reader.get(CREDENTIALS, g)]);
  if (person === undefined || credential === undefined) throw new AppError("NOT_FOUND", "no such person");
  return { name: person.name, secret: credential.secret };
};
