// Times of a server's points.
import { SERIES } from "./answers.ts";
import { type ApiClient, FRESH } from "./api-client.ts";

const DAY = 86_400_000;
const OLDEST_DAYS = 3_600;
// Each query narrows the range to one step.
const STEPS_MILLIS = [30 * DAY, 6 * 3_600_000, 180_000, 1_000];

/** Time of the oldest point of the last ten years, in milliseconds; exact if points are at least a second apart. */
export async function oldestPoint(
  client: ApiClient,
  selector: string,
  to: number,
  signal?: AbortSignal,
): Promise<number | undefined> {
  let [start, end] = [to - OLDEST_DAYS * DAY, to];
  for (const step of STEPS_MILLIS) {
    const query = `count(last_over_time(${selector}[${step}ms]))`;
    const range = { start: (start + step) / 1_000, end: end / 1_000, step: step / 1_000 };
    const { data } = await client.ask("query_range", SERIES, { query, ...range, ...FRESH }, signal);
    const first = data.result[0]?.values?.[0];
    if (first === undefined) return undefined;
    end = Math.round(first[0] * 1_000);
    start = end - step;
  }
  const query = `min(timestamp(${selector}))`;
  const { data } = await client.ask("query", SERIES, { query, time: end / 1_000, ...FRESH }, signal);
  const oldest = data.result[0]?.value;
  return oldest === undefined ? start : Math.round(Number(oldest[1]) * 1_000);
}

// Common intervals in seconds.
const INTERVALS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600];

/** Estimated interval of the latest points of the densest series, in milliseconds. */
export async function intervalOfPoints(
  client: ApiClient,
  selector: string,
  { from, to }: { readonly from: number; readonly to: number },
  signal?: AbortSignal,
): Promise<number> {
  const number = async (query: string): Promise<number> => {
    const { data } = await client.ask("query", SERIES, { query, time: to / 1_000, ...FRESH }, signal);
    return Number(data.result[0]?.value?.[1] ?? 0);
  };
  // Time of the latest point for each second of five minutes. Its increase divided by its changes is the interval.
  const times = `timestamp(${selector})[300s:1s]`;
  const span = `max_over_time(${times}) - min_over_time(${times})`;
  const seconds = await number(`min((${span}) / (changes(${times}) > 0))`);
  if (seconds > 0) return nearestInterval(seconds * 1_000);
  const length = to - from + 1;
  const count = await number(`max(count_over_time(${selector}[${length}ms]))`);
  return nearestInterval(length / Math.max(count, 1));
}

function nearestInterval(millis: number): number {
  const distance = (seconds: number): number => Math.abs(Math.log((seconds * 1_000) / Math.max(millis, 1)));
  return INTERVALS.reduce((nearest, each) => (distance(each) < distance(nearest) ? each : nearest)) * 1_000;
}
