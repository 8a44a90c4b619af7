import { expect, test } from "vitest";
import { keyFigure } from "../../../src/cli/top/views/figures.ts";
import { PANELS } from "../../../src/page/panels/index.ts";

const panelOf = (id: string) => PANELS.find((panel) => panel.id === id)!;
const seriesOf = (name: string, ...values: readonly number[]) => ({
  name,
  expression: "x",
  labels: { name },
  values: Float64Array.from(values),
});

test("a key figure is that of the highest living series, whatever the order", () => {
  const ended = seriesOf("ended", 9, 9, NaN);
  const [low, high] = [seriesOf("low", 1, 1, 1), seriesOf("high", 2, 2, 2)];
  const panel = panelOf("messages-queues");
  for (const series of [
    [ended, low, high],
    [high, ended, low],
    [low, high, ended],
  ])
    expect(keyFigure({ panel, queries: [series] })).toMatchObject({ name: "high", text: "2" });
  expect(keyFigure({ panel, queries: [[ended], [low]] })).toMatchObject({ name: "low" });
});

test("an ended component does not hide the states of the others", () => {
  const [ended, living] = [seriesOf("ended", 1, NaN, NaN), seriesOf("living", 1, 2, 1)];
  const panel = panelOf("health-components");
  for (const series of [
    [ended, living],
    [living, ended],
  ])
    expect([...(keyFigure({ panel, queries: [series] })?.values ?? [])]).toEqual([1, 2, 1]);
});
