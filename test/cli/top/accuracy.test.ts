// Every figure of the overview equals the result of queries of the same moment.
import { beforeAll, expect, test } from "vitest";
import { RemoteHistory } from "../../../src/history/index.ts";
import { type Panel, PANELS, panelValueText, seriesName, withRange } from "../../../src/page/panels/index.ts";
import { packedProject } from "../../kit/packed-project.ts";
import { recordingProxy } from "../../history/remote/recording-proxy.ts";
import { busyApplication } from "../dashboards/busy-application.ts";
import { topInTerminal } from "./running-top.ts";

beforeAll(packedProject);

interface Figure {
  readonly name: string;
  readonly value: number;
}

test("each figure of the overview equals a query of the same moment", async () => {
  const { url } = await busyApplication();
  const proxy = await recordingProxy(url);
  const top = await topInTerminal([proxy.url], { columns: 160, rows: 60 });
  await top.shows(/Messages +Messages +[\d.]+\/s +sent/);
  top.press(" ");
  await top.shows(/PAUSED/);
  const lines = await top.lines();
  const clock = /(\d\d:\d\d:\d\d)Z$/.exec(lines[0] ?? "")?.[1];
  const ranges = proxy.requests.filter(({ path }) => path === "query_range");
  const time = ranges
    .map(({ parameters }) => Number(parameters["end"]))
    .findLast((end) => new Date(end * 1_000).toISOString().slice(11, 19) === clock);
  if (time === undefined) throw new Error(`no query of ${clock}`);
  const window = ranges
    .map(({ parameters }) => /\[(\w+)\]/.exec(parameters["query"] ?? "")?.[1])
    .find(Boolean);
  const history = new RemoteHistory({ url });
  const compared: string[] = [];
  for (const panel of PANELS.filter(({ overview }) => overview)) {
    const line = lines.find((each) => each.slice(0, 60).includes(` ${panel.title}  `));
    if (line === undefined) continue;
    const queries: Figure[][] = [];
    for (const query of panel.queries)
      queries.push(await figuresAt(history, withRange(query, window ?? ""), query.legend, time));
    const words = line.slice(line.lastIndexOf(` ${panel.title}  `) + panel.title.length + 1).trim();
    expect.soft(words.startsWith(`${textOf(panel, queries)} `), `${panel.id}: ${words}`).toBe(true);
    compared.push(panel.id);
  }
  await history.close();
  expect(compared.length).toBeGreaterThanOrEqual(15);
  top.press("q");
  await top.exit;
});

async function figuresAt(
  history: RemoteHistory,
  expression: string,
  legend: string,
  time: number,
): Promise<Figure[]> {
  // As charts have it.
  const result = await history.query(expression, { time, isFromZero: true });
  if (result.kind !== "vector") return [];
  return result.series.map(({ labels, value }) => ({
    name: seriesName(legend, labels),
    value: typeof value === "number" ? value : value.count,
  }));
}

// The used part or the sum of stacked series, the 95th percentile, the counts of states, or the highest value of the first query.
function textOf(panel: Panel, queries: readonly Figure[][]): string {
  const all = queries.flat();
  const values = all.map(({ value }) => value);
  if (panel.kind === "state") {
    const states = [...new Set(values)].toSorted((a, b) => b - a);
    return states
      .map((state) => `${values.filter((each) => each === state).length} ${panelValueText(panel, state)}`)
      .join(", ");
  }
  const [first = []] = queries.filter((figures) => figures.length > 0);
  const p95 = all.find(({ name }) => name === "p95");
  const used = all.find(({ name }) => name === "used");
  const value =
    panel.kind === "stacked"
      ? (used?.value ?? values.reduce((sum, each) => sum + each, 0))
      : (p95?.value ?? Math.max(...first.map((figure) => figure.value)));
  return panelValueText(panel, value);
}
