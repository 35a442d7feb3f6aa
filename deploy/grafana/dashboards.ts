import { DASHBOARDS, type Dashboard, type Panel } from "./panels.ts";

const COLUMNS = 2;
const WIDTH = 24 / COLUMNS;
const HEIGHT = 8;
const datasource = { type: "prometheus", uid: "$" + "{source}" };

function panelOf({ title, unit, queries }: Panel, index: number): object {
  return {
    id: index + 1,
    type: "timeseries",
    title,
    datasource,
    gridPos: { x: (index % COLUMNS) * WIDTH, y: Math.floor(index / COLUMNS) * HEIGHT, w: WIDTH, h: HEIGHT },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(({ expr, legend }, nth) => ({
      refId: String.fromCharCode(65 + nth),
      datasource,
      expr,
      legendFormat: legend,
    })),
  };
}

const modelOf = ({ uid, title, panels }: Dashboard): object => ({
  uid,
  title,
  schemaVersion: 39,
  refresh: "30s",
  time: { from: "now-1h", to: "now" },
  templating: { list: [{ name: "source", label: "Prometheus", type: "datasource", query: "prometheus" }] },
  panels: panels.map(panelOf),
});

/** The dashboards as Grafana imports them: path and text. */
export function dashboardFiles(): [path: string, text: string][] {
  return DASHBOARDS.map((board) => [
    `deploy/grafana/${board.uid}.json`,
    `${JSON.stringify(modelOf(board), undefined, 2)}\n`,
  ]);
}
