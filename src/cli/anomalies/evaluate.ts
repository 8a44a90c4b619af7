// `tachymeter anomalies evaluate <store>`: alarms per series and day of each detector.
import { inSlices } from "../../io/yield.ts";
import { askHistory } from "../open-history.ts";
import { Output, terminalWidth } from "../output.ts";
import { tableText } from "../texts.ts";
import { DETECTORS, detectorsOf } from "./detectors.ts";
import { type AnomalyRange, watchedOf } from "./range.ts";

const COLUMNS = [
  { title: "DETECTOR" },
  ...["SERIES", "DAYS", "ALARMS", "PER SERIES AND DAY"].map((title) => ({ title, isNumber: true })),
];

interface DetectorFigures {
  readonly detector: string;
  /** Number of series with results. */
  series: number;
  /** Sum over all series. */
  days: number;
  alarms: number;
}

/** Prints how often each detector alarms over the stored time. */
export function evaluateDetectors(store: string, range: AnomalyRange, isJson: boolean): Promise<number> {
  return askHistory(store, async (history) => {
    const output = new Output(process.stdout);
    const { signal } = output;
    const { examined } = await import("../../anomalies/parts.ts");
    const figures = new Map<string, DetectorFigures>(
      DETECTORS.map((detector) => [detector, { detector, series: 0, days: 0, alarms: 0 }]),
    );
    for await (const series of watchedOf(history, range, signal)) {
      for await (const { name, detector, series: part } of detectorsOf(history, series, signal)) {
        const { ranges, days } = await inSlices(examined(part, detector, name), { signal });
        const known = figures.get(name);
        if (known === undefined || days === 0) continue;
        known.series++;
        known.days += days;
        known.alarms += ranges.length;
      }
    }
    const all = [...figures.values()].map((each) => ({
      ...each,
      alarmsPerSeriesAndDay: each.days > 0 ? each.alarms / each.days : null,
    }));
    await output.write(isJson ? all.map((each) => `${JSON.stringify(each)}\n`).join("") : textOf(all));
  });
}

function textOf(
  all: readonly (DetectorFigures & { readonly alarmsPerSeriesAndDay: number | null })[],
): string {
  const rows = all.map(({ detector, series, days, alarms, alarmsPerSeriesAndDay }) => [
    detector,
    `${series}`,
    days.toFixed(1),
    `${alarms}`,
    alarmsPerSeriesAndDay === null ? "not enough data" : alarmsPerSeriesAndDay.toFixed(4),
  ]);
  return tableText(COLUMNS, rows, terminalWidth(process.stdout));
}
