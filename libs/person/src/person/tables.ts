import { defineTable } from "@guildhall/store";

export type PersonRow = {
  readonly u: number;
  /** The user name, unique by its claim. */
  readonly name: string;
  /** When the person signed up, ms. */
  readonly at: number;
  readonly state: "active";
  /** Devices that are signed in, at most DEVICES_MAX. */
  readonly devices: readonly LiveDevice[];
};
/** `until`: when its sign-in ends unless it is renewed, ms. */
export type LiveDevice = readonly [dev: string, until: number];

export const PERSONS = defineTable<PersonRow>({
  name: "persons",
  partition: ["u"],
  clustering: [],
  columns: { u: "int", name: "text", at: "int", state: "text", devices: "json" },
});

/** Apart from the person, so that nothing else reads it along. */
export type CredentialRow = {
  readonly u: number;
  /** argon2id hash of the password; "" for who signs in by other means. */
  readonly secret: string;
};

export const CREDENTIALS = defineTable<CredentialRow>({
  name: "credentials",
  partition: ["u"],
  clustering: [],
  columns: { u: "int", secret: "text" },
});
