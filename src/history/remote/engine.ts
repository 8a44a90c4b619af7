// Detection of the kind of a server, by a query that requires no data.
import type { ApiClient } from "./api-client.ts";

/** Differences between servers. */
export interface Engine {
  /** Prometheus 2 includes both ends of a range, all others only the later one. */
  readonly takesBothEnds: boolean;
  readonly isVictoriaMetrics: boolean;
}

// Counts steps at 8, 9 and 10 s.
const ENDS_EXPRESSION = "count_over_time(vector(1)[2s:1s])";

/** Detects the kind of server. */
export async function engineBehind(client: ApiClient): Promise<Engine> {
  const { data, stats } = await client.ask("query", { query: ENDS_EXPRESSION, time: 10, nocache: 1 });
  return { takesBothEnds: data.result[0]?.value?.[1] === "3", isVictoriaMetrics: stats !== undefined };
}

/** The length of a window that excludes its start. */
export function windowOf({ takesBothEnds }: Engine, millis: number): number {
  return takesBothEnds ? Math.max(millis - 1, 1) : millis;
}

/** Labels that distinguish buckets. Exponential histograms of VictoriaMetrics have `vmrange`. */
export function bucketLabelsOf({ isVictoriaMetrics }: Engine): readonly string[] {
  return isVictoriaMetrics ? ["le", "vmrange"] : ["le"];
}
