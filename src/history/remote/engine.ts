// What engines differ in.
import type { ApiClient } from "./api-client.ts";

/** What is to be known of an engine to ask it. */
export interface Engine {
  /** Prometheus 2 counts points at both ends of a range, all others leave out those at its beginning. */
  readonly takesBothEnds: boolean;
  readonly isVictoriaMetrics: boolean;
}

// Of steps at 8, 9 and 10 s: all, or those after the beginning.
const ENDS_EXPRESSION = "count_over_time(vector(1)[2s:1s])";

/** Finds out by a question that needs no data. */
export async function engineBehind(client: ApiClient): Promise<Engine> {
  const { data, stats } = await client.ask("query", { query: ENDS_EXPRESSION, time: 10, nocache: 1 });
  return { takesBothEnds: data.result[0]?.value?.[1] === "3", isVictoriaMetrics: stats !== undefined };
}

/** A window in the engine's own words: of points in whole milliseconds, those at its beginning are not in it. */
export function windowOf({ takesBothEnds }: Engine, millis: number): number {
  return takesBothEnds ? Math.max(millis - 1, 1) : millis;
}
