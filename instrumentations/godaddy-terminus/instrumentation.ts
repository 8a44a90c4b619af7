import { verdictFromError } from "../../src/facades/health/report.ts";
import { Current } from "../shared/current.ts";
import { isObject } from "../shared/fields.ts";
import { Components } from "../shared/health-components.ts";
import type { Attach } from "../shared/instrumented.ts";
import { type Callback, isCallback, observed } from "../shared/observed.ts";
import type { HealthConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";

interface CheckRecording {
  readonly components: Components;
  readonly recording: Recording<unknown>;
}

// Servers keep their checks after the instrumentation is disabled and when it is enabled again.
const current = new Current<CheckRecording>();

/** Records the health checks that an application passes to `@godaddy/terminus`, each time they are run. */
export function begin(recording: Recording<HealthConfig>): Attach {
  current.set(recording, { components: new Components(recording), recording });
  return (exports) => {
    recording.wrap(exports, "createTerminus", (createTerminus) => {
      return function (server, options, ...rest) {
        const measured = recording.safely(() => (isObject(options) ? measuredOptions(options) : options));
        return Reflect.apply(createTerminus, this, [server, measured ?? options, ...rest]);
      };
    });
  };
}

// The application's own options are the prototype, so that later changes to them still apply.
function measuredOptions(options: object): object {
  const given: unknown = Reflect.get(options, "healthChecks");
  if (!isObject(given)) return options;
  const paths = Object.keys(given).filter((path) => typeof Reflect.get(given, path) === "function");
  const own = { writable: true, enumerable: true, configurable: true };
  const beforeShutdown: unknown = Reflect.get(options, "beforeShutdown");
  const sends: unknown = Reflect.get(options, "sendFailuresDuringShutdown");
  return Object.create(options, {
    healthChecks: { ...own, value: measuredChecks(given, paths) },
    // During shutdown every check responds with a failure, and none is run.
    ...(sends !== false && {
      beforeShutdown: {
        ...own,
        value(this: unknown, ...args: readonly unknown[]): unknown {
          recordTo(({ components }) => {
            for (const path of paths) components.set(components.nameOf(path), "unhealthy", "shutting down");
          });
          return isCallback(beforeShutdown) ? Reflect.apply(beforeShutdown, this, args) : Promise.resolve();
        },
      },
    }),
  });
}

// Returns a copy of `checks` with recorded functions at `paths`. It reads `checks` at each request, as the library
// does.
function measuredChecks(checks: object, paths: readonly string[]): object {
  const known = new WeakMap<object, Callback>();
  const measured = (path: string, check: unknown): unknown => {
    if (!isCallback(check)) return check;
    const measuredCheck = known.get(check) ?? measuredAt(path, check);
    known.set(check, measuredCheck);
    return measuredCheck;
  };
  const properties = paths.map((path): [string, PropertyDescriptor] => [
    path,
    { get: () => measured(path, Reflect.get(checks, path)), enumerable: true, configurable: true },
  ]);
  return Object.create(checks, Object.fromEntries(properties));
}

function measuredAt(path: string, check: Callback): Callback {
  return function (...args) {
    const startMillis = performance.now();
    const passed = (): void => ended(path, startMillis);
    const failed = (error: unknown): void => ended(path, startMillis, { error });
    let answer: unknown;
    try {
      answer = Reflect.apply(check, this, args);
    } catch (error) {
      failed(error);
      throw error;
    }
    const promise = observed(answer, { fulfilled: passed, rejected: failed });
    if (promise === answer) passed();
    return promise;
  };
}

function ended(path: string, startMillis: number, failure?: { readonly error: unknown }): void {
  const seconds = (performance.now() - startMillis) / 1_000;
  recordTo(({ components }) => {
    const { status, reason } =
      failure === undefined ? { status: "healthy" as const } : verdictFromError(failure.error);
    components.checked(components.nameOf(path), status, seconds, reason);
  });
}

function recordTo(record: (to: CheckRecording) => void): void {
  const to = current.value;
  to?.recording.safely(() => record(to));
}
