import { expect, test } from "vitest";
import { certificateFault } from "./certificate-fault.ts";

const coded = (code: string, cause?: unknown): Error => Object.assign(new Error("tls", { cause }), { code });

test.each([
  ["SELF_SIGNED_CERT_IN_CHAIN", /not of an authority that is trusted here; see X_CA_FILE/],
  ["CERT_HAS_EXPIRED", /has expired; see X_CA_FILE/],
  ["ERR_TLS_CERT_ALTNAME_INVALID", /is for another name/],
])("%s is told to people", (code, text) => {
  expect(certificateFault(coded(code), "X_CA_FILE")).toMatch(text);
  expect(certificateFault(new Error("lost", { cause: coded(code) }), "X_CA_FILE")).toMatch(text);
});

test("anything else is no matter of certificates", () => {
  const endless = coded("ECONNREFUSED");
  endless.cause = endless;

  expect(certificateFault(endless, "X_CA_FILE")).toBeUndefined();
  expect(certificateFault("text", "X_CA_FILE")).toBeUndefined();
});
