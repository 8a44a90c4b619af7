// Results of the functions over histograms and of the real Prometheus in one form.
import type { Reporter } from "../../../src/query/annotations.ts";
import { type HistogramJson, histogramJson } from "../../../src/query/histograms/text.ts";
import type { NativeHistogram } from "../../../src/query/native-histogram.ts";
import { inNewWords } from "../differential/changed-since-3-5.ts";

/** A result of one series, or an error. */
export interface Answer {
  readonly value: number | PlainHistogram | undefined;
  /** Sorted, without positions. */
  readonly annotations: readonly string[];
}

/** The JSON of a histogram, with numbers. */
export interface PlainHistogram {
  readonly count: number;
  readonly sum: number;
  readonly buckets: readonly (readonly number[])[];
}

/** The result of a function, with its annotations. */
export function answerOf(
  metricName: string,
  evaluate: (reporter: Reporter) => NativeHistogram | number | undefined,
): Answer {
  const annotations: string[] = [];
  const value = evaluate({ metricName, annotate: (text) => annotations.push(text) });
  return {
    value: typeof value === "object" ? plain(histogramJson(value)) : value,
    annotations: annotations.toSorted(),
  };
}

/** Queries, at a time in Unix milliseconds, whose answer differs from that of Prometheus: values by more than 1e-9. */
export async function differences(
  url: string,
  time: number,
  cases: readonly { readonly query: string; readonly answer: Answer }[],
): Promise<readonly unknown[]> {
  const different = [];
  for (const { query, answer } of cases) {
    const expected = await queryAt(url, query, time);
    if (!areEqual(answer, expected)) different.push({ query, answer, expected });
  }
  return different;
}

// Prometheus' answer to an instant query whose result has at most one series.
async function queryAt(url: string, query: string, time: number): Promise<Answer> {
  const search = new URLSearchParams({ query, time: String(time / 1000) });
  const response = await fetch(`${url}/api/v1/query?${search.toString()}`);
  const body: ApiAnswer = JSON.parse(await response.text());
  if (body.status === "error") throw new Error(`${query}: ${body.error}`);
  const [series] = body.data.result;
  const annotations = [...(body.warnings ?? []), ...(body.infos ?? [])];
  return {
    value:
      series?.histogram === undefined
        ? series?.value && numberFrom(series.value[1])
        : plain(series.histogram[1]),
    annotations: annotations.map((text) => inNewWords(text.replace(/ \(\d+:\d+\)$/, ""))).toSorted(),
  };
}

function areEqual(left: Answer, right: Answer): boolean {
  return (
    hasEqualValue(left.value, right.value) && left.annotations.join("\n") === right.annotations.join("\n")
  );
}

type ApiAnswer =
  | { readonly status: "error"; readonly error: string }
  | {
      readonly status: "success";
      readonly data: {
        readonly result: readonly {
          readonly value?: readonly [number, string];
          readonly histogram?: readonly [number, HistogramJson];
        }[];
      };
      readonly warnings?: readonly string[];
      readonly infos?: readonly string[];
    };

function plain({ count, sum, buckets = [] }: HistogramJson): PlainHistogram {
  return {
    count: numberFrom(count),
    sum: numberFrom(sum),
    buckets: buckets.map(([rule, ...numbers]) => [rule, ...numbers.map(numberFrom)]),
  };
}

function numberFrom(text: string): number {
  return Number(text.replace("Inf", "Infinity"));
}

function hasEqualValue(left: Answer["value"], right: Answer["value"]): boolean {
  if (typeof left === "number" && typeof right === "number") return isClose(left, right);
  if (typeof left !== "object" || typeof right !== "object") return left === right;
  const numbers = [left, right].map(({ count, sum, buckets }) => [count, sum, ...buckets.flat()]);
  const [ours = [], theirs = []] = numbers;
  return ours.length === theirs.length && ours.every((each, i) => isClose(each, theirs[i] ?? NaN));
}

function isClose(left: number, right: number): boolean {
  const size = Math.max(Math.abs(left), Math.abs(right));
  return Object.is(left, right) || left === right || Math.abs(left - right) <= 1e-9 * size;
}
