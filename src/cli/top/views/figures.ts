// The key figure of a panel: one trend that stands for all of its series.
import { type Panel, panelValueText, seriesName, withRange } from "../../../page/panels/index.ts";
import { USED } from "../../report/figures.ts";
import type { TrendSeries } from "../trends.ts";
import type { Moment } from "../moment.ts";
import { inParallel } from "../values.ts";
import type { Style } from "../terminal/screen.ts";

/** A series of a panel, with its name. */
export interface PanelSeries extends TrendSeries {
  readonly name: string;
  /** The expression that it is a result of. */
  readonly expression: string;
}

/** A panel and the trends of its series; several lists, one for each query. */
export interface LoadedPanel {
  readonly panel: Panel;
  readonly queries: readonly (readonly PanelSeries[])[];
}

/** A figure for the overview. */
export interface KeyFigure {
  /** The series that is shown, if it is not all of them. */
  readonly name: string;
  readonly text: string;
  readonly style: Style | undefined;
  readonly values: Float64Array;
}

/** Loads the trends of panels. Series of panels without data are missing. */
export async function loadedPanels(
  moment: Moment,
  panels: readonly Panel[],
): Promise<readonly LoadedPanel[]> {
  const asked = panels.flatMap((panel) => panel.queries.map((query) => ({ panel, query })));
  const trends = await inParallel(asked, async ({ query }) => {
    const expression = withRange(query, moment.window);
    const series = await moment.trend(expression);
    return series.map((each) => ({
      ...each,
      name: seriesName(query.legend, each.labels),
      expression,
    }));
  });
  return panels.map((panel) => ({
    panel,
    queries: trends.filter((_, i) => asked[i]!.panel === panel),
  }));
}

/** The last value of a trend; NaN if it is missing. */
export function lastOf(values: Float64Array): number {
  return values.at(-1) ?? Number.NaN;
}

/**
 * The key figure: the sum of stacked series, or their used part, the 95th percentile, or the number of series in each state. Other panels
 * have the series of the first query with the highest last value. `undefined` without values.
 */
export function keyFigure({ panel, queries }: LoadedPanel): KeyFigure | undefined {
  const all = queries.flat();
  const known = all.filter(({ values }) => values.some((value) => !Number.isNaN(value)));
  if (known.length === 0) return undefined;
  if (panel.kind === "state") return stateFigure(panel, known);
  const used = panel.kind === "stacked" ? known.find(({ name }) => name === USED) : undefined;
  if (used !== undefined) return figureOf(panel, used.name, used.values);
  if (panel.kind === "stacked") return figureOf(panel, "", summed(known));
  const p95 = known.find(({ name }) => name === "p95");
  if (p95 !== undefined) return figureOf(panel, p95.name, p95.values);
  const first = queries.find((series) => series.some(({ values }) => !Number.isNaN(lastOf(values)))) ?? known;
  // A series that has ended has no last value.
  const highest = first.reduce((best, each) =>
    Number.isNaN(lastOf(best.values)) || lastOf(each.values) > lastOf(best.values) ? each : best,
  );
  return figureOf(panel, highest.name, highest.values);
}

/** Style of a value: of states that need attention, and of shares of errors. */
export function styleOf({ kind, states, id }: Panel, value: number): Style | undefined {
  if (kind === "state") return stateStyle(states?.[value] ?? "");
  return id.endsWith("-errors") && value > 0 ? "warning" : undefined;
}

function figureOf(panel: Panel, name: string, values: Float64Array): KeyFigure {
  const value = lastOf(values);
  const text = Number.isNaN(value) ? "-" : panelValueText(panel, value);
  return { name, text, style: styleOf(panel, value), values };
}

// `4 healthy, 1 degraded`, the worst first. The trend is that of the worst state.
function stateFigure(panel: Panel, series: readonly PanelSeries[]): KeyFigure {
  const counts = new Map<number, number>();
  for (const { values } of series) {
    const value = lastOf(values);
    if (!Number.isNaN(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const sorted = [...counts].toSorted(([one], [other]) => other - one);
  const worst = series[0]!.values.map((_, step) =>
    series.reduce(
      (highest, { values }) => (Number.isNaN(highest) || values[step]! > highest ? values[step]! : highest),
      Number.NaN,
    ),
  );
  const text = sorted.map(([state, count]) => `${count} ${panelValueText(panel, state)}`).join(", ");
  const styles = sorted.map(([state]) => styleOf(panel, state));
  return {
    name: "",
    text: text === "" ? "-" : text,
    style:
      styles.find((style) => style === "bad") ?? styles.find((style) => style === "warning") ?? styles[0],
    values: worst,
  };
}

function stateStyle(state: string): Style | undefined {
  if (["unhealthy", "terminated"].includes(state)) return "bad";
  if (["degraded"].includes(state)) return "warning";
  return ["healthy", "active", "leader"].includes(state) ? "good" : undefined;
}

function summed(series: readonly PanelSeries[]): Float64Array {
  return series[0]!.values.map((_, step) => {
    const present = series.map(({ values }) => values[step]!).filter((value) => !Number.isNaN(value));
    return present.length === 0 ? Number.NaN : present.reduce((sum, value) => sum + value, 0);
  });
}
