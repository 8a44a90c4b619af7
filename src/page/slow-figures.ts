// Figures of the status that change slowly, evaluated at a slow pace while a browser shows the page.
import type { Alerts } from "../alerts/index.ts";
import { errorMessage } from "../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../diagnostics/rate-limit.ts";
import type { SampleSource } from "../query/sample-source.ts";
import type { ChartQuery } from "./charts/chart-plan.ts";
import { restartsIn } from "./panels/index.ts";
import type { Status } from "./protocol.ts";

const REFRESH_MILLIS = 60_000;
const TIMEOUT_MILLIS = 20_000;
const STEP_MILLIS = 60_000;
const DAY_STEPS = 1_440;
const MAX_SAMPLES = 1_000_000;
const MAX_BUDGETS = 20;

/** The rest of budgets, and the number of restarts. */
export class SlowFigures {
  readonly #source: () => SampleSource;
  readonly #alerts: Alerts | undefined;
  readonly #starts: ChartQuery;
  #evaluatedMillis = -Infinity;
  #budgets: Status["budgets"];
  #restarts = 0;
  readonly #ending = new AbortController();

  /** @param starts query of the start of each process. */
  constructor(source: () => SampleSource, alerts: Alerts | undefined, starts: ChartQuery) {
    this.#source = source;
    this.#alerts = alerts;
    this.#starts = starts;
  }

  /** The latest figures. Evaluates others for the next call, if they are old. */
  at(timeMillis: number): Pick<Status, "budgets" | "restarts"> {
    if (Math.abs(timeMillis - this.#evaluatedMillis) >= REFRESH_MILLIS) {
      this.#evaluatedMillis = timeMillis;
      void this.#evaluate(timeMillis);
    }
    return { restarts: this.#restarts, ...(this.#budgets !== undefined && { budgets: this.#budgets }) };
  }

  /** Ends an evaluation. */
  end(): void {
    this.#ending.abort();
  }

  // The last figures stay if there are no others.
  async #evaluate(timeMillis: number): Promise<void> {
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(TIMEOUT_MILLIS)]);
    const steps = {
      start: timeMillis - (DAY_STEPS - 1) * STEP_MILLIS,
      stepMillis: STEP_MILLIS,
      count: DAY_STEPS,
    };
    const limits = { maxSamples: MAX_SAMPLES, signal, isWithoutAnnotations: true };
    try {
      this.#budgets = (await this.#alerts?.budgets(timeMillis / 1_000, signal))
        ?.slice(0, MAX_BUDGETS)
        .map(({ left, ...budget }) => ({ ...budget, ...(left !== undefined && { left }) }));
      const starts = await this.#starts.prepared().over(this.#source(), steps, timeMillis, limits);
      if (starts.kind === "matrix") this.#restarts = restartsIn(starts.series);
    } catch (error) {
      if (this.#ending.signal.aborted) return;
      warnOnceAMinute(`live page: budgets and restarts were not evaluated: ${errorMessage(error)}`);
    }
  }
}
