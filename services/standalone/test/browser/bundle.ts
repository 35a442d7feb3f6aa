import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

export type Bundle = {
  readonly text: string;
  readonly gzipBytes: number;
  /** Bytes in it by file, minified. */
  readonly inputs: Readonly<Record<string, number>>;
};

/** A module and all it needs as one minified script for browsers, made from the sources. `from`: relative to this folder. */
export async function bundleFor(from: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL(from, import.meta.url))],
    absWorkingDir: fileURLToPath(new URL("../../../../", import.meta.url)),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions: ["source"],
    write: false,
    metafile: true,
  });
  const [script] = outputFiles;
  const [output] = Object.values(metafile.outputs);
  if (script === undefined || output === undefined) throw new Error("nothing was bundled");
  return {
    text: script.text,
    gzipBytes: gzipSync(script.contents, { level: 9 }).length,
    inputs: Object.fromEntries(Object.entries(output.inputs).map(([file, { bytesInOutput }]) => [file, bytesInOutput])),
  };
}
