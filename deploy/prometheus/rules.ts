import { stringify } from "yaml";
import { ALERTS, RECORDED } from "./alerts.ts";

export const RULES_FILE = "deploy/prometheus/guildhall.rules.yaml";

/** The rules as Prometheus loads them. */
export function rulesFile(): string {
  const alerts = ALERTS.map(({ name, expr, for: holds, severity, summary, runbook }) => ({
    alert: name,
    expr,
    ...(holds === undefined ? {} : { for: holds }),
    labels: { severity },
    annotations: { summary, runbook: `docs/operate/runbooks/${runbook}.md` },
  }));
  const groups = [
    { name: "guildhall-objectives", interval: "30s", rules: RECORDED },
    { name: "guildhall-alerts", interval: "30s", rules: alerts },
  ];
  return `# Made by npm run docs from alerts.ts.\n${stringify({ groups }, { lineWidth: 0 })}`;
}
