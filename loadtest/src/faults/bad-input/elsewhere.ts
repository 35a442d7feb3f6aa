/** A test of one of the parts: its file and its name. */
type Elsewhere = { readonly file: string; readonly test: string };

const GATEWAY = "services/gateway";
const API = "services/api/src";
const ALL = "services/standalone/test";

/** Rows of the catalogue that tests of the parts show, and not the scenarios here. */
export const ELSEWHERE: Readonly<Record<string, Elsewhere>> = {
  FR28: {
    file: `${GATEWAY}/src/session/outgoing.test.ts`,
    test: "at 64 KiB the frame is not sent and the session is closed once",
  },
  M34: {
    file: "libs/telemetry/src/log.test.ts",
    test: "writes one line of JSON an event, with level, time, service and fields",
  },
  A12: { file: `${API}/routes/session.test.ts`, test: "what is not the token of this person and device is refused" },
  A18: { file: `${API}/routes/session.test.ts`, test: "is limited by name, from whatever address" },
  A19: {
    file: `${GATEWAY}/test/commands.test.ts`,
    test: "a repeat of what is no longer allowed reaches the owner, who knows whether it had happened",
  },
  A29: { file: `${GATEWAY}/test/server.test.ts`, test: "a handler that throws is reported, and the server goes on" },
  A30: { file: `${API}/http/http.test.ts`, test: "a client that goes away in the middle of a request harms nobody" },
  S1: { file: `${ALL}/group.contract.ts`, test: "mute, unmute, nickname and kick, each with its refusal" },
  S3: { file: `${GATEWAY}/test/history.test.ts`, test: "the right is that of the moment the page is written" },
  S4: {
    file: `${ALL}/devices.contract.ts`,
    test: "a device ended by another is closed within a second, and neither refreshes nor connects again",
  },
  S6: {
    file: `${ALL}/group.contract.ts`,
    test: "the owner cannot leave, hands the group over, and the new owner dissolves it",
  },
  S10: { file: `${ALL}/group.contract.ts`, test: "reply, mention, edit, recall and moderator deletion" },
  S12: {
    file: `${ALL}/group.contract.ts`,
    test: "role templates give exactly their rights, under the rank rule, and only after a password",
  },
  S20: {
    file: `${ALL}/features.contract.ts`,
    test: "a ban ends a membership for good, keeps strangers out too, and is lifted",
  },
};

/** Rows for which there is nothing here to be wrong, or nothing yet, and why. */
export const ABSENT: Readonly<Record<string, string>> = {
  H23: "there are no tickets: the token is in hello",
  H24: "there are no tickets: the token is in hello",
  FR19: "there is no compression: frames with RSV1 are dropped",
  M35: "there is no search and no pattern that a client gives",
  A16: "there is no recovery by mail",
  A17: "there is no recovery by mail",
  A24: "settings are not changed over HTTP",
  A25: "there are no long answers over HTTP",
  A27: "there is no group over HTTP, and labels take values from lists in the code",
  A28: "there is no export",
  S2: "a removal that meets messages is a scenario of its own",
  S5: "a removal that meets commands is a scenario of its own",
  S7: "a group has one owner",
  S8: "there are no invitations",
  S9: "there are no invitations",
  S11: "nobody speaks as the group",
  S13: "roles are templates and cannot be changed",
  S14: "groups are not archived",
  S15: "there is one organisation, and no direct message",
  S16: "there is no export and no audit log",
  S17: "there are no bots",
  S18: "lists of members are not hidden",
  S19: "there are no files",
};

/** Rows that `conformance` shows, by the numbers its cases have. */
export const IN_CONFORMANCE: readonly string[] = [2, 3, 4, 5, 6, 7, 8, 12, 13, 17, 20, 21, 22].map((row) => `FR${row}`);
