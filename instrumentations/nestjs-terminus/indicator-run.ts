// One run of indicators: how long each took, and what it found.
import { types } from "node:util";
import type { HealthStatus } from "../../src/facades/index.ts";
import { type Components, fieldOf, isObject, observedAside } from "../shared/index.ts";

const STATUSES: ReadonlyMap<unknown, HealthStatus> = new Map([
  ["up", "healthy"],
  ["degraded", "degraded"],
  ["down", "unhealthy"],
]);

/** What one call of `HealthCheckService.check` has run. */
export class IndicatorRun {
  readonly #components: Components;
  readonly #secondsByKey = new Map<string, number>();

  constructor(components: Components) {
    this.#components = components;
  }

  /** The indicators, of which those that are functions are timed. */
  measured(indicators: unknown): unknown {
    if (!Array.isArray(indicators)) return indicators;
    return indicators.map((indicator: unknown) =>
      typeof indicator === "function"
        ? () => this.#timed(() => Reflect.apply(indicator, undefined, []))
        : indicator,
    );
  }

  /** To be told of the result, `{ details }`. */
  passed(result: unknown): void {
    const details = fieldOf(result, "details");
    if (!isObject(details)) return;
    for (const [key, found] of Object.entries(details)) this.#checked(key, found);
  }

  /** To be told of the exception that the check has thrown: its response is the result. */
  failed(error: unknown): void {
    const getResponse = fieldOf(error, "getResponse");
    if (typeof getResponse === "function") this.passed(Reflect.apply(getResponse, error, []));
  }

  #checked(key: string, found: unknown): void {
    const status = STATUSES.get(fieldOf(found, "status"));
    if (status === undefined) return;
    const component = this.#components.nameOf(key);
    const message = fieldOf(found, "message");
    const reason = status === "healthy" || typeof message !== "string" ? undefined : message;
    // One that the library has remembered was not made.
    if (fieldOf(found, "cachedResponse") === true) this.#components.set(component, status, reason);
    else this.#components.checked(component, status, this.#secondsOf(key, found), reason);
  }

  // Attempts, which are no functions, tell it by themselves, in milliseconds.
  #secondsOf(key: string, found: unknown): number | undefined {
    const millis = fieldOf(found, "responseTime");
    return this.#secondsByKey.get(key) ?? (typeof millis === "number" ? millis / 1_000 : undefined);
  }

  // The library handles what becomes of each.
  #timed(run: () => unknown): unknown {
    const startMillis = performance.now();
    const keep = (result: unknown): void => {
      const seconds = (performance.now() - startMillis) / 1_000;
      if (isObject(result)) for (const key of Object.keys(result)) this.#secondsByKey.set(key, seconds);
    };
    const result = run();
    // Attempts are made by a look at them: they tell their time by themselves.
    if (types.isPromise(result)) {
      return observedAside(result, { fulfilled: keep, rejected: (error) => keep(fieldOf(error, "causes")) });
    }
    keep(result);
    return result;
  }
}
