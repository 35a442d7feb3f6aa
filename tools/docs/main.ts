import { readFileSync, writeFileSync } from "node:fs";
import { dashboardFiles } from "../../deploy/grafana/dashboards.ts";
import { RULES_FILE, rulesFile } from "../../deploy/prometheus/rules.ts";
import { documents } from "./documents.ts";
import { ACCOUNTS_FILE, accountsFile, SUBJECTS_PAGE, subjectsPage } from "./rights.ts";

const at = (path: string): URL => new URL(`../../${path}`, import.meta.url);

for (const [path, text] of Object.entries(documents())) writeFileSync(at(path), text);
writeFileSync(at(ACCOUNTS_FILE), accountsFile());
writeFileSync(at(SUBJECTS_PAGE), subjectsPage(readFileSync(at(SUBJECTS_PAGE), "utf8")));
writeFileSync(at(RULES_FILE), rulesFile());
for (const [path, text] of dashboardFiles()) writeFileSync(at(path), text);
