// Series that changed before an alert or with it.
import type { Correlated, CorrelatedWithAlert } from "../anomalies/parts.ts";
import type { Application } from "./application.ts";
import type { CurrentAlert } from "./current-alerts.ts";

/** Series that changed, in lines for people. */
export interface Changes {
  /** Clear changes that may be the cause, the likeliest first. */
  readonly causes: readonly string[];
  /** The part of the rule's own metrics that changed, such as one route of many. */
  readonly where: readonly string[];
  /** Clear changes of the machine and the process, which move with all that they do. */
  readonly resources: readonly string[];
  /** All changes, also those that say the same as the alert, began after it, or may be chance. */
  readonly all: readonly string[];
  /** The reason for which nothing could be compared. */
  readonly gap?: string;
}

// Names that begin with the same two words are of one subject: `http_server`, `v8js_memory`.
const SUBJECT = /^[^_]+_[^_]+/;
// Windows around the beginning of the alert: their length, and the time after it that they hold. With samples of a minute, little
// time says nothing. If the process is young, much time leaves no room for the time before.
const WINDOWS_MILLIS = [
  { lengthMillis: 360_000, afterMillis: 30_000 },
  { lengthMillis: 360_000, afterMillis: 8_000 },
  { lengthMillis: 2_880_000, afterMillis: 30_000 },
] as const;
// Health checks judge something else, which has series of its own.
const VERDICT = /^health_/;
// Lines of an annotation that name no series.
const UNCLEAR = /^(?:nothing else moved|not enough data|too early|further series)/;

/** Compares the series. If nothing is found, the comparison of the time when the alert began to fire counts. */
export async function changesOf(
  application: Application,
  alert: CurrentAlert,
  metrics: readonly string[],
  { end, signal }: { readonly end: number; readonly signal: AbortSignal },
): Promise<Changes> {
  const { correlated, own, text } = await compared(application, alert, metrics, {
    end,
    signal,
  });
  const { correlationText, isOfResources } = await import("../anomalies/parts.ts");
  const linesOf = (series: readonly Correlated[]): readonly string[] =>
    series.length === 0 ? [] : correlationText(series, [], 0).split("\n");
  const subjects = new Set(metrics.map(subjectOf));
  const isCause = ({ metric, isWeak }: Correlated): boolean => !isWeak && !subjects.has(subjectOf(metric));
  const isOfHealth = metrics.some((metric) => VERDICT.test(metric));
  const isVerdict = ({ metric }: Correlated): boolean => !isOfHealth && VERDICT.test(metric);
  const clear = correlated
    .filter(isCause)
    .toSorted((one, other) => Number(isVerdict(one)) - Number(isVerdict(other)));
  const causes = linesOf(clear.filter(({ metric }) => !isOfResources(metric)));
  const resources = linesOf(clear.filter(({ metric }) => isOfResources(metric)));
  const others = linesOf(correlated.filter((each) => !isCause(each)));
  const where = linesOf(own);
  const all = [...where, ...causes, ...resources, ...others];
  const found = { causes, where, resources };
  if (clear.length > 0 || where.length > 0) return { ...found, all };
  const known = alert.annotations["correlated"]?.split("\n").filter((line) => line !== "") ?? [];
  const isClear = known[0] !== undefined && !UNCLEAR.test(known[0]) && !known[0].startsWith("event ");
  if (isClear) return { ...found, causes: known.slice(0, 1), all: known };
  if (all.length > 0) return { ...found, all };
  return text.startsWith("nothing else moved") ? { ...found, all: [text] } : { ...found, all: [], gap: text };
}

// A condition may hold long after the fault began: a queue fills up. Then longer windows before the alert are compared.
async function compared(
  application: Application,
  { labels, sinceMillis }: CurrentAlert,
  metrics: readonly string[],
  { end, signal }: { readonly end: number; readonly signal: AbortSignal },
): Promise<CorrelatedWithAlert> {
  const { AlertCorrelator } = await import("../anomalies/parts.ts");
  const correlator = new AlertCorrelator({ source: application });
  const alert = { labels: Object.fromEntries(labels), activeAt: sinceMillis / 1_000 };
  const now = await correlator.correlate({ alert, metrics, nowMillis: end * 1_000, signal });
  if (now.hasBegun) return now;
  for (const { lengthMillis, afterMillis } of WINDOWS_MILLIS) {
    const nowMillis = Math.min(end * 1_000, sinceMillis + afterMillis);
    const before = await correlator.correlate({ alert, metrics, nowMillis, lengthMillis, signal });
    if (before.hasBegun) return before;
  }
  return now;
}

function subjectOf(metric: string): string {
  return SUBJECT.exec(metric)?.[0] ?? metric;
}
