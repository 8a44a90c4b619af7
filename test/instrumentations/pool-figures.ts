/** What hooks of worker pools record, as tests ask for it; and tasks that wait to be let through. */
import type { Attributes } from "@opentelemetry/api";
import type { Collecting } from "../collecting.ts";
import { countOf } from "./histogram-figures.ts";

/** The figures of the pools of one provider. */
export class PoolFigures {
  readonly #collecting: Collecting;
  readonly #name: string;

  /** @param name attribute `kernel.pool.name`, unless another is asked for. */
  constructor(collecting: Collecting, name: string) {
    this.#collecting = collecting;
    this.#name = name;
  }

  /** How many tasks have ended, `[successes, failures]`. */
  async ended(name: string = this.#name): Promise<readonly [unknown, unknown]> {
    const of = (outcome: string): Promise<unknown> =>
      this.#collecting.point("kernel.pool.tasks", { "kernel.pool.name": name, outcome });
    return [(await of("success")) ?? 0, (await of("failure")) ?? 0];
  }

  /** How many tasks a histogram has: those that succeeded, or those that failed with this `error.type`. */
  async count(histogram: string, errorType?: string): Promise<number> {
    const attributes: Attributes = { "kernel.pool.name": this.#name };
    if (errorType !== undefined) attributes["error.type"] = errorType;
    return countOf(await this.#collecting.point(histogram, attributes)) ?? 0;
  }

  /** What the pools tell of themselves now. */
  async now(name: string = this.#name): Promise<Readonly<Record<string, unknown>>> {
    const of = (metric: string): Promise<unknown> =>
      this.#collecting.point(`kernel.pool.${metric}`, { "kernel.pool.name": name });
    return {
      queued: await of("queue.size"),
      workers: await of("workers"),
      utilization: await of("utilization"),
    };
  }
}

/** Holds up the workers that wait at `gate`, until it is opened. */
export function newGate(): { readonly gate: Int32Array; open(): void } {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  return {
    gate,
    open() {
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
    },
  };
}
