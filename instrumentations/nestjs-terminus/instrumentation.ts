import { types } from "node:util";
import { statusFrom } from "../../src/facades/health/reading.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import { Components } from "../shared/health-components.ts";
import type { Attach } from "../shared/instrumented.ts";
import { observedAside } from "../shared/observed.ts";
import type { HealthConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";

/** Records the health indicators of `@nestjs/terminus`, each time they are run. */
export function begin(recording: Recording<HealthConfig>): Attach {
  const components = new Components(recording);
  return (exports) => {
    recording.wrap(prototypeOf(exports, "HealthCheckService"), "check", (check) => {
      return function (indicators, ...rest) {
        const run = new IndicatorRun(components);
        const measured = recording.safely(() => run.measured(indicators)) ?? indicators;
        return recording.observed(Reflect.apply(check, this, [measured, ...rest]), {
          fulfilled: (result) => run.passed(result),
          rejected: (error) => run.failed(error),
        });
      };
    });
  };
}

// The indicators run by one call of `HealthCheckService.check`.
class IndicatorRun {
  readonly #components: Components;
  readonly #secondsByKey = new Map<string, number>();

  constructor(components: Components) {
    this.#components = components;
  }

  // Returns the indicators; functions among them are timed.
  measured(indicators: unknown): unknown {
    if (!Array.isArray(indicators)) return indicators;
    return indicators.map((indicator: unknown) =>
      typeof indicator === "function"
        ? () => this.#timed(() => Reflect.apply(indicator, undefined, []))
        : indicator,
    );
  }

  // The check has passed, with `{ details }`.
  passed(result: unknown): void {
    const details = fieldOf(result, "details");
    if (!isObject(details)) return;
    for (const [key, found] of Object.entries(details)) this.#checked(key, found);
  }

  // The check has thrown an exception, whose response is the result.
  failed(error: unknown): void {
    const getResponse = fieldOf(error, "getResponse");
    if (typeof getResponse === "function") this.passed(Reflect.apply(getResponse, error, []));
  }

  #checked(key: string, found: unknown): void {
    const status = statusFrom(fieldOf(found, "status"));
    if (status === undefined) return;
    const component = this.#components.nameOf(key);
    const message = fieldOf(found, "message");
    const reason = status === "healthy" || typeof message !== "string" ? undefined : message;
    // A result cached by the library: no check was run.
    if (fieldOf(found, "cachedResponse") === true) this.#components.set(component, status, reason);
    else this.#components.checked(component, status, this.#secondsOf(key, found), reason);
  }

  // Attempts, which are not functions, provide it in milliseconds.
  #secondsOf(key: string, found: unknown): number | undefined {
    const millis = fieldOf(found, "responseTime");
    return this.#secondsByKey.get(key) ?? (typeof millis === "number" ? millis / 1_000 : undefined);
  }

  #timed(run: () => unknown): unknown {
    const startMillis = performance.now();
    const keep = (result: unknown): void => {
      const seconds = (performance.now() - startMillis) / 1_000;
      if (isObject(result)) for (const key of Object.keys(result)) this.#secondsByKey.set(key, seconds);
    };
    const result = run();
    // Reading `then` of an attempt would start it; attempts time themselves.
    if (types.isPromise(result)) {
      return observedAside(result, { fulfilled: keep, rejected: (error) => keep(fieldOf(error, "causes")) });
    }
    keep(result);
    return result;
  }
}
