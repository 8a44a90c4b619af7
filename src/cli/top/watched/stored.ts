// A history file, which applications may write to at the same time.
import { statSync } from "node:fs";
import { shortPath } from "../../../diagnostics/foreign-text.ts";
import type { TelemetryEvent } from "../../../facades/index.ts";
import type { History } from "../../../history/index.ts";
import type { QueryResult, SampleSeries, Selection } from "../../../query/index.ts";
import { query, queryRange } from "../../../query/index.ts";
import { type CurrentAlert, currentAlerts } from "../../../explain/current-alerts.ts";
import type { Clock, QueryTimes } from "../../../explain/application.ts";
import type { Watched } from "./watched.ts";

const INTERVAL_SECONDS = 2;
const RANGE_SECONDS = 3_600;
// If the last sample is older, nothing writes to the store: its end is shown instead of now.
const MAX_AGE_SECONDS = 300;

/** Reads a store as it grows. */
export class Stored implements Watched {
  readonly name: string;
  readonly interval: number = INTERVAL_SECONDS;
  readonly range: number = RANGE_SECONDS;
  readonly isCollected = false;
  readonly #path: string;
  readonly #history: History;
  #unreadable = 0;

  constructor(path: string, history: History) {
    this.name = shortPath(path);
    this.#path = path;
    this.#history = history;
  }

  get problem(): string | undefined {
    if (this.#unreadable === 0) return undefined;
    return this.#unreadable === 1 ? "1 row is unreadable" : `${this.#unreadable} rows are unreadable`;
  }

  async refresh(): Promise<Clock> {
    const { newest, unreadable = 0 } = await this.#history.usage();
    this.#unreadable = unreadable;
    const now = Date.now() / 1_000;
    return { now, end: newest === undefined || now - newest < MAX_AGE_SECONDS ? now : newest };
  }

  queryRange(expression: string, times: QueryTimes): Promise<QueryResult> {
    return queryRange(expression, { source: this.#history, isFromZero: true, ...times });
  }

  query(expression: string, options: { time: number; signal: AbortSignal }): Promise<QueryResult> {
    return query(expression, { source: this.#history, isFromZero: true, ...options });
  }

  select(selection: Selection): AsyncIterable<SampleSeries> {
    return this.#history.select(selection);
  }

  /** As last saved by the application in the folder beside the store. */
  async alerts(): Promise<readonly CurrentAlert[] | undefined> {
    const folder = `${this.#path}.alerts`;
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
    const { alertsDocument, savedAlerts, savedSilences } = await import("../../../alerts/parts.ts");
    return currentAlerts(alertsDocument(savedAlerts(folder), savedSilences(folder)).alerts);
  }

  events(from: number, to: number, signal: AbortSignal): AsyncIterable<TelemetryEvent> {
    return this.#history.events({ from, to, signal });
  }

  close(): Promise<void> {
    return this.#history.close();
  }
}
