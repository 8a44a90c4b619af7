// A server with Prometheus' HTTP API: an application with option `api`, Prometheus, VictoriaMetrics, Mimir.
import { showUrl } from "../../../diagnostics/show.ts";
import type { RemoteHistory } from "../../../history/index.ts";
import type { QueryResult, SampleSeries, Selection } from "../../../query/index.ts";
import { type CurrentAlert, currentAlerts } from "../../../explain/current-alerts.ts";
import { servedAlerts, servedRules } from "../../alerts/served-alerts.ts";
import type { Clock, GroupDocument, QueryTimes } from "../../../explain/application.ts";
import type { Watched } from "./watched.ts";

const INTERVAL_SECONDS = 2;
const RANGE_SECONDS = 300;

/** Asks a server. All times are those of its clock. */
export class Served implements Watched {
  readonly name: string;
  readonly interval: number = INTERVAL_SECONDS;
  readonly range: number = RANGE_SECONDS;
  readonly isCollected = false;
  readonly #url: URL;
  readonly #history: RemoteHistory;

  /** @param url the address before `/api/v1`. */
  constructor(url: URL, history: RemoteHistory) {
    this.name = showUrl(url);
    this.#url = url;
    this.#history = history;
  }

  async refresh(signal: AbortSignal): Promise<Clock> {
    const result = await this.#history.query("time()", { signal });
    const now = result.kind === "scalar" ? result.value : Date.now() / 1_000;
    return { now, end: now };
  }

  queryRange(expression: string, times: QueryTimes): Promise<QueryResult> {
    return this.#history.queryRange(expression, { ...times, isFromZero: true });
  }

  query(expression: string, options: { time: number; signal: AbortSignal }): Promise<QueryResult> {
    return this.#history.query(expression, { ...options, isFromZero: true });
  }

  select(selection: Selection): AsyncIterable<SampleSeries> {
    return this.#history.select(selection);
  }

  // A server such as VictoriaMetrics alone serves no alerts.
  async alerts(signal: AbortSignal): Promise<readonly CurrentAlert[] | undefined> {
    try {
      return currentAlerts(await servedAlerts(this.#url, signal));
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }

  async rules(signal: AbortSignal): Promise<readonly GroupDocument[]> {
    return servedRules(this.#url, signal);
  }

  close(): Promise<void> {
    return this.#history.close();
  }
}
