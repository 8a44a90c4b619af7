import { type Check, check, isObject, text, whole } from "../../options/check.ts";
import { parsed } from "../../options/parser.ts";
import type { Time } from "../../query/evaluation/query.ts";
import type { Source } from "../../query/source.ts";
import type { Correlated } from "./correlated.ts";
import { SOURCE, timesOf } from "./question.ts";
import { type Calls, ranked } from "./ranking.ts";
import { changesIn } from "./window-changes.ts";

/** Question of {@link correlate}. */
export interface CorrelationQuestion {
  /** Source of the samples: a history, or the running SDK. */
  readonly source: Source;
  /** Name of the metric, as the source has it. Its own series, parts and recorded metrics are left out. */
  readonly metric: string;
  /** Start of the window. The baseline is the time before it, four times as long as the window. */
  readonly from: Time;
  /** End of the window. */
  readonly to: Time;
  /**
   * Maximum number of results, from 1 to 1,000.
   *
   * @defaultValue 10
   */
  readonly maxResults?: number | undefined;
  /**
   * The callees of each component: `{ shop: ["stock", "billing"] }`. Components are named by values of any label. A caller comes
   * behind a callee that explains the metric as well, since it waits for it.
   */
  readonly calls?: Calls | undefined;
  /** Ends the comparison: the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

const CALLS: Check<Calls> = check(
  "be an object with lists of names",
  (value): value is Calls =>
    isObject(value) &&
    Object.values(value).every(
      (names) => Array.isArray(names) && names.every((name) => typeof name === "string"),
    ),
);

/**
 * Finds the series that changed in the same window as a metric. Those that moved as the metric did come first, then the most
 * unusual changes. The strongest series of each `component` come before its further ones.
 *
 * A change is a lasting departure from the usual variation in the baseline: of the mean, or of the steps
 * between values. Random walks, bursts, seasons and noise that go on as before are left out. A movement that is over counts
 * if it explains the metric's. Counters are compared by their rates, histograms by their mean and
 * their rate.
 *
 * If nothing else changed clearly, the result is empty, or has at most three series with `isWeak`: hints that may be chance.
 * It is also empty with less than two windows of data before `from`, or less
 * than four samples in the window. A gauge needs data in the baseline and up to the second half of the window. A counter
 * that appears while other series of its process were there counts from 0. At most 5,000 series are compared. The work
 * is done in slices of less than a millisecond.
 *
 * @throws OptionsError with all invalid options. Rejects if the source or the signal does.
 * @example
 * const changed = await correlate({ source: history, metric: "http_server_requests_total", from, to });
 * for (const { metric, direction, factor, isWeak } of changed)
 *   console.log(metric, direction, factor, isWeak ? "perhaps" : "clearly");
 */
export async function correlate(question: CorrelationQuestion): Promise<Correlated[]> {
  const { source, metric, from, to, maxResults, calls } = parsed("correlate", (parser) => ({
    source: parser.checked("source", question.source, SOURCE),
    metric: parser.checked("metric", question.metric, text),
    ...timesOf(parser, question),
    maxResults: parser.optional("maxResults", question.maxResults, whole(1, 1_000)) ?? 10,
    calls: parser.optional("calls", question.calls, CALLS) ?? {},
  }));
  // Problems have thrown.
  if (source === undefined || metric === undefined || from === undefined || to === undefined) return [];
  const changes = await changesIn(source, { from, to }, { signal: question.signal });
  return [...ranked(changes, [metric], { maxResults, otherwiseMillis: from, calls }).correlated];
}
