// The event streams of all tabs.
import type { Writable } from "node:stream";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { withTimeout } from "../../io/timeout.ts";
import { nextTurn, Slices } from "../../io/yield.ts";
import type { ChartSteps } from "../charts/steps.ts";
import type { PageEvents } from "../page-events.ts";
import type { LiveView } from "../views/live-view.ts";
import { Client, messageOf } from "./client.ts";
import { WatchedView } from "./watched-view.ts";

/** The parts of the streams. */
export interface StreamsParts {
  readonly events: PageEvents;
  /** Time of the last collection, in Unix milliseconds. */
  readonly lastUnixMillis: () => number;
  /** Time between two collections while the page is shown. */
  readonly resolutionMillis: number;
  /** Collects at least each `millis` until the returned function is called. */
  readonly collect: (millis: number) => () => void;
  /** The event `status`, as JSON. */
  readonly status: (timeMillis: number) => Uint8Array;
}

/** Maximum number of streams. */
export const MAX_STREAMS = 64;
const CHECK_MILLIS = 500;
const HEARTBEAT_CHECKS = 30;
// From the request of the page until its stream.
const PREPARED_MILLIS = 3_000;

/** Evaluates each view once, for all tabs that show it. Without tabs there is no timer. */
export class Streams {
  readonly #parts: StreamsParts;
  readonly #views = new Map<string, WatchedView>();
  readonly #clients = new Map<Client, WatchedView>();
  readonly #stepping = new Set<WatchedView>();
  #timer: NodeJS.Timeout | undefined;
  #checks = 0;
  #lastMillis = -Infinity;
  #isStepping = false;
  #isEnded = false;

  constructor(parts: StreamsParts) {
    this.#parts = parts;
  }

  /** Whether there is room for a further stream. */
  get hasRoom(): boolean {
    return !this.#isEnded && this.#clients.size < MAX_STREAMS;
  }

  /**
   * Streams a view. Resolves at the end of the connection.
   *
   * @param key of the view and its range.
   */
  async open(key: string, steps: ChartSteps, makeView: () => LiveView, to: Writable): Promise<void> {
    const watched = this.#viewOf(key, steps, makeView);
    const client = new Client(
      to,
      () =>
        void this.#attempt(
          () => watched.catchUp(client),
          () => !to.destroyed,
        ),
    );
    const closed = new Promise<void>((resolve) => void to.once("close", resolve).once("finish", resolve));
    this.#add(client, watched);
    try {
      void this.#attempt(
        async () => {
          await this.#sendStatus([client]);
          await watched.begin(client, () => this.#timeMillis());
        },
        () => !to.destroyed,
      );
      if (!to.destroyed) await closed;
    } finally {
      this.#remove(client, watched, key);
    }
  }

  /** Evaluates a view for a stream that is expected soon, unless it is shown already. */
  prepare(key: string, steps: ChartSteps, makeView: () => LiveView): void {
    if (this.#views.has(key) || !this.hasRoom) return;
    const watched = this.#viewOf(key, steps, makeView);
    void this.#attempt(
      () => watched.prepare(() => this.#timeMillis()),
      () => watched.clients.size > 0,
    );
    setTimeout(() => this.#endUnwatched(watched, key), PREPARED_MILLIS).unref();
  }

  /** Sends the status to all clients, since it has changed. */
  async refreshStatus(): Promise<void> {
    await this.#attempt(() => this.#sendStatus([...this.#clients.keys()]));
  }

  /** Ends all streams. */
  end(): void {
    this.#isEnded = true;
    for (const watched of this.#views.values()) watched.end();
    for (const client of this.#clients.keys()) client.end();
  }

  #add(client: Client, watched: WatchedView): void {
    watched.add(client, this.#parts.collect);
    this.#clients.set(client, watched);
    if (this.#timer !== undefined) return;
    this.#parts.events.begin();
    this.#timer = setInterval(() => this.#check(), CHECK_MILLIS).unref();
  }

  #remove(client: Client, watched: WatchedView, key: string): void {
    watched.clients.delete(client);
    this.#clients.delete(client);
    this.#endUnwatched(watched, key);
    if (this.#clients.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#parts.events.end();
  }

  #viewOf(key: string, steps: ChartSteps, makeView: () => LiveView): WatchedView {
    const watched = this.#views.get(key) ?? new WatchedView(makeView(), steps.stepMillis);
    this.#views.set(key, watched);
    return watched;
  }

  #endUnwatched(watched: WatchedView, key: string): void {
    if (watched.clients.size > 0) return;
    watched.end();
    if (this.#views.get(key) === watched) this.#views.delete(key);
  }

  #check(): void {
    if (++this.#checks % HEARTBEAT_CHECKS === 0) for (const client of this.#clients.keys()) client.beat();
    const events = this.#parts.events.takeNew();
    if (events.length > 0) this.#sendEvents(messageOf("events", Buffer.from(JSON.stringify(events))));
    const timeMillis = this.#timeMillis();
    if (timeMillis === this.#lastMillis || this.#isStepping) return;
    this.#lastMillis = timeMillis;
    this.#isStepping = true;
    void this.#attempt(() => this.#step(timeMillis)).finally(() => (this.#isStepping = false));
  }

  async #step(timeMillis: number): Promise<void> {
    for (const view of new Set(this.#clients.values())) {
      if (this.#stepping.has(view)) continue;
      this.#stepping.add(view);
      const step = this.#attempt(
        () => view.advance(timeMillis),
        () => view.clients.size > 0,
      ).finally(() => this.#stepping.delete(view));
      // One after the other, but the others do not wait for a slow one.
      await withTimeout(step, CHECK_MILLIS, () => {});
      await nextTurn();
    }
    await this.#sendStatus([...this.#clients.keys()]);
  }

  async #sendStatus(clients: readonly Client[]): Promise<void> {
    const message = messageOf("status", this.#parts.status(this.#timeMillis()));
    const slices = new Slices();
    for (const client of clients) {
      client.send(message);
      await slices.next();
    }
  }

  // A client that is too slow for it gets a whole view later, which then must have the events.
  #sendEvents(message: Uint8Array): void {
    for (const watched of this.#views.values()) watched.outdate();
    for (const client of this.#clients.keys()) if (!client.send(message)) client.isCurrent = false;
  }

  // Without collections in this process, it is that of a clock that ticks as often.
  #timeMillis(): number {
    const { lastUnixMillis, resolutionMillis } = this.#parts;
    const last = lastUnixMillis();
    return Number.isFinite(last) ? last : Math.floor(Date.now() / resolutionMillis) * resolutionMillis;
  }

  // An error concerns one view alone. There will be another step. Errors after the end of
  // a tab are not logged, since closing a tab aborts its evaluation.
  async #attempt(work: () => Promise<void>, isNeeded = (): boolean => true): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#isEnded && isNeeded())
        warnOnceAMinute(`live page: a view failed with ${errorMessage(error)}`);
    }
  }
}
