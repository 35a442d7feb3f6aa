const UNKNOWN_AUTHORITY = "its certificate is not of an authority that is trusted here";

/** What OpenSSL and Node say of a server that did not prove who it is. */
const FAULTS: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS",
};

/** Errors in a chain of causes that are looked at. */
const CAUSES_MAX = 5;

/**
 * What is wrong with a server's certificate, for people, where that is why a connection failed. `caSetting` names the
 * setting that would mend it.
 */
export function certificateFault(error: unknown, caSetting: string): string | undefined {
  let one = error;
  for (let i = 0; i < CAUSES_MAX && one instanceof Error; i++, one = one.cause) {
    const fault = FAULTS[String((one as { code?: unknown }).code)];
    if (fault !== undefined) return `${fault}; see ${caSetting}`;
  }
  return undefined;
}
