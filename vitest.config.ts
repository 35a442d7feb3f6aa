import { defineConfig } from "vitest/config";
import { sumReporter } from "./tools/tidy/src/sum-reporter.ts";

const isSet = (variable: string): boolean => (process.env[variable] ?? "") !== "";
/** Tests run on code with faults only where the environment names some, to see that they fail. */
const seeded = isSet("GUILDHALL_SEEDED") ? ["seeded"] : [];
const conditions = [...seeded, "source", "module", "node", "development|production"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["{proto,libs,services,loadtest,tools,deploy}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: ["default", sumReporter(isSet, (line) => process.stdout.write(`${line}\n`))],
  },
});
