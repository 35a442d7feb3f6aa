import { AppError } from "@guildhall/kernel";

/** `wrong` will lose data or keep it from working; `warn` will at some load or accident. */
export type State = "ok" | "warn" | "wrong";

export type Finding = {
  readonly state: State;
  readonly what: string;
  /** How to mend it; with everything that is not ok. */
  readonly mend?: string;
};

/** One thing that is looked at; `mend` is for when looking itself fails. */
export type Check = {
  readonly name: string;
  readonly mend: string;
  readonly look: () => Promise<readonly Finding[]>;
};

export type Diagnosis = readonly (Finding & { readonly check: string })[];

/** A check that has not ended after this long is a finding itself, ms. */
export const CHECK_MAX_MS = 5_000;

export const ok = (what: string): Finding => ({ state: "ok", what });
export const warn = (what: string, mend: string): Finding => ({ state: "warn", what, mend });
export const wrong = (what: string, mend: string): Finding => ({ state: "wrong", what, mend });

/** Carries all checks out at the same time. What fails or does not end in time is a finding. Never rejects. */
export async function diagnose(checks: readonly Check[], maxMs: number = CHECK_MAX_MS): Promise<Diagnosis> {
  const found = await Promise.all(
    checks.map(async (check) => {
      const findings = await bounded(check, maxMs);
      return findings.map((finding) => ({ check: check.name, ...finding }));
    }),
  );
  return found.flat();
}

async function bounded({ look, mend }: Check, maxMs: number): Promise<readonly Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Finding[]>((resolve) => {
    timer = setTimeout(() => resolve([wrong(`no answer in ${maxMs / 1_000} s`, mend)]), maxMs);
  });
  try {
    return await Promise.race([look(), late]);
  } catch (error) {
    return [wrong(sentenceOf(error), mend)];
  } finally {
    clearTimeout(timer);
  }
}

/** An expected failure without its code, which is for programs. */
function sentenceOf(error: unknown): string {
  if (error instanceof AppError) return error.message.replace(`${error.code}: `, "");
  return error instanceof Error ? error.message : String(error);
}

/** One line a finding, and a last one that says how many are what. Nothing of `secrets` is in it. */
export function asText(diagnosis: Diagnosis, secrets: readonly string[]): string {
  const width = Math.max(...diagnosis.map(({ check }) => check.length));
  const lines = diagnosis.map(({ state, check, what, mend }) => {
    const line = `${state.padEnd(5)}  ${check.padEnd(width)}  ${what}${mend === undefined ? "" : ` — ${mend}`}`;
    return line.replaceAll(/\s*\n\s*/g, " ");
  });
  const count = (state: State) => diagnosis.filter((finding) => finding.state === state).length;
  const sum = `${count("ok")} ok, ${count("warn")} to warn of, ${count("wrong")} wrong`;
  return withoutSecrets(`${[...lines, sum].join("\n")}\n`, secrets);
}

/** The same for programs: one JSON object on one line. */
export function asJson(diagnosis: Diagnosis, secrets: readonly string[]): string {
  const safe = JSON.parse(withoutSecrets(JSON.stringify(diagnosis), secrets)) as Diagnosis;
  return `${JSON.stringify({ ok: isWell(diagnosis), findings: safe })}\n`;
}

export function isWell(diagnosis: Diagnosis): boolean {
  return diagnosis.every(({ state }) => state !== "wrong");
}

/** Drivers repeat in their errors what they were given. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== "")
    .reduce(
      (safe, secret) => safe.replaceAll(secret, "***").replaceAll(JSON.stringify(secret).slice(1, -1), "***"),
      text,
    )
    .replaceAll(/\/\/[^/@\s"]*@/g, "//***@");
}
