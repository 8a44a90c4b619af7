/** Metrics of workers, combined in their primary. */
import { diag } from "@opentelemetry/api";
import { show } from "../diagnostics/show.ts";
import { withTimeout } from "../io/timeout.ts";
import { isObject } from "./label-checks.ts";
import type { AnyRegistry } from "./metric-configuration.ts";
import { Registry } from "./registry.ts";

/** The kinds of messages: those of `@prometheus-io/client`. */
export const KIND = {
  acknowledgement: "@prometheus-io/client:ack",
  announcement: "@prometheus-io/client:announcement",
  request: "@prometheus-io/client:getMetricsReq",
  response: "@prometheus-io/client:getMetricsRes",
  goodbye: "@prometheus-io/client:goodbye",
} as const;

const TIMEOUT_MILLIS = 5000;

/** A message of a worker or its primary. */
export type Message = Readonly<Record<string, unknown>>;

interface Pending {
  readonly resolve: (metrics: readonly object[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Request {
  readonly pending: Map<unknown, Pending>;
  readonly done: Promise<unknown>;
}

/** Requests of a process or thread to others, and its replies to them. Workers have keys. */
export class Gathering {
  /** Those that this worker sends. By default that of the package whose class was used first. */
  registries: readonly AnyRegistry[] | undefined;
  isListening = false;
  #lastId = 0;
  // Metrics of workers that have ended.
  #kept: readonly object[] = [];
  readonly #requests = new Map<number, Request>();
  #farewell: Promise<unknown> | undefined;

  /** Whether a worker has left its metrics. */
  get hasKept(): boolean {
    return this.#kept.length > 0;
  }

  /** Text of this worker's `own` metrics, of those of all workers and of what ended workers have left. */
  async text({ own = [], workers, ask, combine, late = lateBy }: AskedOfAll): Promise<string> {
    const kept = this.#kept;
    const textOf = async (answers: readonly Promise<readonly object[]>[]): Promise<string> => {
      const all = await Promise.all([...own, ...answers]);
      return combine([kept, ...all.flat()]).metrics();
    };
    return this.#request(workers, { ask, combine: textOf, millis: TIMEOUT_MILLIS, late });
  }

  /** Called with a worker's answer. */
  answered(worker: unknown, { requestId, error, metrics }: Message): void {
    const pending = this.#requests.get(Number(requestId))?.pending;
    const found = pending?.get(worker);
    if (pending === undefined || found === undefined) return;
    pending.delete(worker);
    if (typeof error === "string") found.reject(new Error(error));
    else found.resolve(listOf(metrics));
  }

  /** Keeps what a worker has sent at its end. */
  keep(metrics: unknown): void {
    try {
      this.#kept = Registry.aggregate([this.#kept, ...listOf(metrics)]).getMetricsAsArray();
    } catch (error) {
      diag.error(`prom-client: the last metrics of a worker are lost: ${show(error)}`);
    }
  }

  /** Metrics of this worker's registries, or of those with an `aggregator`. */
  async own(aggregator?: string): Promise<readonly object[]> {
    return Promise.all((this.registries ?? []).map((registry) => registry.getMetricsAsJSON(aggregator)));
  }

  /** Sends the metrics of this worker to the primary. */
  async answer({ requestId }: Message, send: (message: Message) => void): Promise<void> {
    const answer = { type: KIND.response, requestId };
    try {
      send({ ...answer, metrics: await this.own() });
    } catch (error) {
      send({ ...answer, error: error instanceof Error ? error.message : String(error) });
    }
  }

  /**
   * Waits for requests under way. Without any, a worker sends its sums, once, and waits until the primary has them.
   */
  async end(isPrimary: boolean, millis: number, send: (message: Message) => void): Promise<void> {
    const underWay = [...this.#requests.values()].map(({ done }) => done);
    if (underWay.length > 0) await Promise.allSettled(underWay);
    if (underWay.length > 0 || isPrimary) return;
    this.#farewell ??= this.#request([PRIMARY], {
      ask: async (requestId) => send({ type: KIND.goodbye, requestId, metrics: await this.own("sum") }),
      combine: async (answers) => Promise.all(answers),
      millis,
      late: () => "Timeout",
    });
    await this.#farewell;
  }

  /** Called when the primary has the last metrics of this worker. */
  acknowledged({ requestId }: Message): void {
    this.answered(PRIMARY, { requestId });
  }

  #request<Result>(keys: readonly unknown[], asked: Asked<Result>): Promise<Result> {
    const id = this.#lastId++;
    const pending = new Map<unknown, Pending>();
    const answers = keys.map(
      (key) => new Promise<readonly object[]>((resolve, reject) => pending.set(key, { resolve, reject })),
    );
    const late = (): never => {
      throw new Error(asked.late(pending.size));
    };
    const done = withTimeout(asked.combine(answers), asked.millis, late, { keepsAlive: true });
    this.#requests.set(id, { pending, done });
    // Messages that cannot be sent.
    Promise.resolve(id)
      .then(asked.ask)
      .catch((error: unknown) => pending.forEach(({ reject }) => reject(error)));
    return done.finally(() => this.#requests.delete(id));
  }
}

interface Asked<Result> {
  readonly ask: (requestId: number) => void | Promise<void>;
  readonly combine: (answers: readonly Promise<readonly object[]>[]) => Promise<Result>;
  readonly millis: number;
  /** Message of the error if `count` replies are late. */
  readonly late: (count: number) => string;
}

interface AskedOfAll extends Pick<Asked<string>, "ask"> {
  readonly own?: readonly Promise<readonly object[]>[];
  readonly workers: readonly unknown[];
  readonly combine: (metrics: object[]) => { metrics(): Promise<string> };
  readonly late?: Asked<string>["late"];
}

const lateBy = (count: number): string => `Operation timed out. ${count} outstanding responses.`;

// Key of the primary in a worker's requests.
const PRIMARY = "primary";

function listOf(metrics: unknown): readonly object[] {
  return Array.isArray(metrics) ? metrics.filter(isObject) : [];
}
