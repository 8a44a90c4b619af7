import { expect, test } from "vitest";
import { shownLabels } from "../../src/page/charts/legend.ts";
import { type Area, AREAS } from "../../src/page/panels/index.ts";
import type { ChartData, Points, ViewData } from "../../src/page/protocol.ts";
import { BUSY, busyApplication } from "./kit/busy-application.ts";
import { type ServedPage, servedPage } from "./kit/served-page.ts";

type Figure = readonly [labels: string, value: number];

/** The result of a chart's queries over Prometheus' HTTP API at one moment. */
async function queried({ url }: ServedPage, { expressions }: ChartData, time: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const query of expressions) {
    // As charts have it: `first-values.test.ts` shows what it changes.
    const search = new URLSearchParams({ query, time: `${time}`, from_zero: "true" }).toString();
    const response = await fetch(`${url}/api/v1/query?${search}`);
    const { data }: { data: { result: { metric: Record<string, string>; value: [number, string] }[] } } =
      JSON.parse(await response.text());
    for (const { metric, value } of data.result)
      if (Number.isFinite(Number(value[1])))
        figures.push([JSON.stringify(shownLabels(metric)), Number(value[1])]);
  }
  return sorted(figures);
}

function sorted(figures: readonly Figure[]): Figure[] {
  return figures.toSorted(([one, a], [other, b]) => (one === other ? a - b : one < other ? -1 : 1));
}

/** The figures of one step of a chart, by the labels that the view has sent. */
function shown(
  { series }: Pick<ChartData, "series">,
  { added = [], values }: Points["charts"][number],
): Figure[] {
  const all = [...series, ...added];
  return sorted(
    values.flatMap((value, i) =>
      value === null ? [] : [[JSON.stringify(all[i]?.labels), value] satisfies Figure],
    ),
  );
}

async function viewAndPoints(
  page: ServedPage,
  view: string,
): Promise<{ readonly data: ViewData; readonly points: Points }> {
  const stream = await page.stream(view, "1m");
  const data = await stream.next("view");
  // Not those of a chart that has appeared: the server then sends the view again.
  const points = await stream.next("points", ({ time }) => time > data.to);
  stream.close();
  return { data, points };
}

test("each panel's points, and the last step of its range, equal a query of the same moment", async () => {
  const page = await servedPage(BUSY);
  busyApplication(page.telemetry);
  // Rates need two collections.
  const first = await page.stream("overview", "1m");
  await first.next("points");
  await first.next("points");
  first.close();
  const { data: overview } = await viewAndPoints(page, "overview");
  expect(overview.areas).toEqual(
    expect.arrayContaining(["http", "messages", "commands", "coordination", "kernels", "health", "network"]),
  );
  const checked: string[] = [];
  const views = ["overview", ...overview.areas.map((area: Area) => `area/${area}`)];
  for (const { data, points } of await Promise.all(views.map((view) => viewAndPoints(page, view)))) {
    expect(data.charts).not.toEqual([]);
    for (const chart of data.charts) {
      const last = { id: chart.id, values: chart.series.map(({ values }) => values.at(-1) ?? null) };
      expect([chart.id, shown(chart, last)]).toEqual([chart.id, await queried(page, chart, data.to)]);
      const ofChart = points.charts.find(({ id }) => id === chart.id);
      if (ofChart === undefined) throw new Error(`no points of ${chart.id}`);
      expect([chart.id, shown(chart, ofChart)]).toEqual([chart.id, await queried(page, chart, points.time)]);
      checked.push(chart.id);
    }
  }
  // Those of the overview, too, are charts of their areas.
  expect(new Set(checked).size).toBeGreaterThanOrEqual(30);
  expect(new Set(overview.charts.map(({ area }) => area)).size).toBeLessThanOrEqual(
    Object.keys(AREAS).length,
  );
});

test("a range of the past has the values that queries have at its steps", async () => {
  const page = await servedPage(BUSY);
  busyApplication(page.telemetry);
  const stream = await page.stream("overview", "1m");
  await stream.next("points");
  const { time } = await stream.next("points");
  const data = await page.past("overview", time - 60, time);
  expect(data).toMatchObject({ to: time, step: 1, times: { length: 61 } });
  for (const chart of data.charts)
    for (const step of [59, 60]) {
      const values = chart.series.map((series) => series.values[step] ?? null);
      const expected = await queried(page, chart, data.times[step] ?? 0);
      expect([chart.id, shown(chart, { id: chart.id, values })]).toEqual([chart.id, expected]);
    }
});
