// Health checks by path, each with its outcome recorded.
import { verdictFromError } from "../../src/facades/health/report.ts";
import { type Components, observed, type Recording } from "../shared/index.ts";

type Check = (this: unknown, ...args: readonly unknown[]) => unknown;

/** Where checks are recorded. */
export interface CheckRecording {
  readonly components: Components;
  readonly recording: Recording<unknown>;
}

// Servers keep these checks when the instrumentation ends, and when it begins anew.
let current: CheckRecording | undefined;

/** Records the checks of all servers there, also of earlier ones, until the instrumentation ends. */
export function recordChecks(checks: CheckRecording): void {
  current = checks;
  checks.recording.onEnd(() => {
    if (current === checks) current = undefined;
  });
}

/** The checks of one server. */
export class MeasuredChecks {
  readonly #measured = new WeakMap<object, Check>();
  #paths: readonly string[] = [];

  /** An object like `checks`, which it reads at each request as the library does, whose functions are recorded. */
  of(checks: object): object {
    this.#paths = Object.keys(checks).filter((path) => typeof Reflect.get(checks, path) === "function");
    const properties = this.#paths.map((path): [string, PropertyDescriptor] => [
      path,
      {
        get: () => this.#measuredCheck(path, Reflect.get(checks, path)),
        enumerable: true,
        configurable: true,
      },
    ]);
    return Object.create(checks, Object.fromEntries(properties));
  }

  /** The server shuts down. */
  shutsDown(): void {
    recordTo(({ components }) => {
      for (const path of this.#paths) {
        components.set(components.nameOf(path), "unhealthy", "shutting down");
      }
    });
  }

  #measuredCheck(path: string, check: unknown): unknown {
    if (!isCheck(check)) return check;
    const known = this.#measured.get(check);
    if (known !== undefined) return known;
    const run = (self: unknown, args: readonly unknown[]): unknown => this.#run(path, check, self, args);
    const measured = function (this: unknown, ...args: readonly unknown[]): unknown {
      return run(this, args);
    };
    this.#measured.set(check, measured);
    return measured;
  }

  #run(path: string, check: Check, self: unknown, args: readonly unknown[]): unknown {
    const startMillis = performance.now();
    const failed = (error: unknown): void => this.#ended(path, startMillis, { error });
    let answer: unknown;
    try {
      answer = Reflect.apply(check, self, args);
    } catch (error) {
      failed(error);
      throw error;
    }
    const passed = (): void => this.#ended(path, startMillis);
    const promise = observed(answer, { fulfilled: passed, rejected: failed });
    if (promise === answer) passed();
    return promise;
  }

  #ended(path: string, startMillis: number, failure?: { readonly error: unknown }): void {
    const seconds = (performance.now() - startMillis) / 1_000;
    recordTo(({ components }) => {
      const component = components.nameOf(path);
      if (failure === undefined) components.checked(component, "healthy", seconds);
      else {
        const { status, reason } = verdictFromError(failure.error);
        components.checked(component, status, seconds, reason);
      }
    });
  }
}

function recordTo(record: (to: CheckRecording) => void): void {
  const to = current;
  to?.recording.safely(() => record(to));
}

function isCheck(value: unknown): value is Check {
  return typeof value === "function";
}
