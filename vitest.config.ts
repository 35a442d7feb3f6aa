import { defineConfig } from "vitest/config";
import { sumReporter } from "./tools/tidy/src/sum-reporter.ts";

const conditions = ["source", "module", "node", "development|production"];
const isSet = (variable: string): boolean => (process.env[variable] ?? "") !== "";

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
