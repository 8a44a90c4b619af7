// The events that a rule counts, by their labels. A comparison does not find errors since the start, which have never changed.
import { lengthText } from "../diagnostics/length-text.ts";
import { numberText } from "../page/panels/value-text.ts";
import type { Expression } from "../query/index.ts";
import type { Application } from "./application.ts";
import type { CurrentAlert } from "./current-alerts.ts";

const MAX_LINES = 3;
const LEAST_SECONDS = 300;
// Below half of all, a part is one of several.
const CLEAR_SHARE = 0.5;

/** The largest parts of the counted events, in lines for people. */
interface Counted {
  /** The part that has most of the events. */
  readonly most: readonly string[];
  readonly all: readonly string[];
}

/**
 * Counts the events of a rule since the alert began, but for at least five minutes. A part is named by the labels that do not have one
 * value in all events of the metric.
 */
export async function countedOf(
  application: Application,
  { labels: ofAlert }: CurrentAlert,
  expressions: readonly Expression[],
  times: { readonly end: number; readonly seconds: number; readonly signal: AbortSignal },
): Promise<Counted> {
  const [{ countedEvents }, { commonLabels, namesIn, SHARED }] = await Promise.all([
    import("../alerts/parts.ts"),
    import("../anomalies/parts.ts"),
  ]);
  const { end: time, signal } = times;
  const seconds = Math.max(LEAST_SECONDS, times.seconds);
  const wanted = new Map(ofAlert);
  const parts = new Map<string, number>();
  const seriesOf = async (expression: string) => {
    const result = await application.query(expression, { time, signal });
    return result.kind === "vector" ? result.series : [];
  };
  for (const { counted, all } of countedEvents(expressions, seconds)) {
    const series = await seriesOf(counted);
    if (series.length === 0) continue;
    // There may be too many to read.
    const others = await seriesOf(all).catch(() => []);
    signal.throwIfAborted();
    const common = commonLabels(
      others.map(({ labels }) => labels),
      1,
    );
    const isOwn = (label: string): boolean => !SHARED.test(label);
    for (const { labels, value } of series) {
      const count = Number(value);
      const isOfAlert = Object.entries(labels).every(([label, text]) => (wanted.get(label) ?? text) === text);
      if (!isOfAlert || !(count > 0)) continue;
      const part = namesIn(labels, (label) => isOwn(label) && !common.has(label)) || namesIn(labels, isOwn);
      parts.set(part, (parts.get(part) ?? 0) + count);
    }
  }
  const whole = [...parts.values()].reduce((sum, count) => sum + count, 0);
  const largest = [...parts]
    .filter(([part]) => part !== "")
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, MAX_LINES);
  const span = `in the last ${lengthText(seconds)}`;
  const lines = largest.map(([part, count]) => {
    const percent = numberText(Math.round((100 * count) / whole));
    return `${percent} % (${numberText(Math.round(count))} ${span}) have ${part}`;
  });
  const [first] = largest;
  const isMost = first !== undefined && first[1] > CLEAR_SHARE * whole;
  return { all: lines, most: isMost ? [`of the counted events, ${lines[0]}`] : [] };
}
