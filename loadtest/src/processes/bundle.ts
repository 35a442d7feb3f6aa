import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ENTRY = fileURLToPath(new URL("../../../services/standalone/src/main.ts", import.meta.url));
const OUT = fileURLToPath(new URL("../../dist/standalone", import.meta.url));

/**
 * The system that `npm start` runs, as one file that starts in a third of the time: for runs of hundreds of
 * starts. Packages from outside stay outside. `conditions` are those of the build, besides `source`. Returns its path.
 */
export async function bundleStandalone(conditions: readonly string[] = []): Promise<string> {
  const outfile = `${OUT}/${["main", ...conditions].join("-")}.mjs`;
  await build({
    entryPoints: [ENTRY],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["source", ...conditions],
    logLevel: "error",
    plugins: [
      {
        name: "outside",
        setup(building) {
          building.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind === "entry-point" || path.startsWith("@guildhall/") ? undefined : { path, external: true },
          );
        },
      },
    ],
  });
  return outfile;
}
