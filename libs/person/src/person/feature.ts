import { anyTable, type Feature } from "@guildhall/entity";
import { createPerson } from "./create-person.ts";
import { getPeople } from "./get-people.ts";
import { getSecret } from "./get-secret.ts";
import { CREDENTIALS, PERSONS } from "./tables.ts";

/** Who somebody is. */
export const person: Feature = {
  tables: [anyTable(PERSONS), anyTable(CREDENTIALS)],
  commands: { "person.create": createPerson },
  queries: { "people.get": getPeople, "person.secret": getSecret },
};
