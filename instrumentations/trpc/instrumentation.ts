import { nanosSince, nowMillis } from "../shared/clock.ts";
import { Current } from "../shared/current.ts";
import { fieldOf, hasMethods, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import type { Recording } from "../shared/recording.ts";
import { RpcCalls } from "../shared/rpc-calls.ts";

const FAILED = "INTERNAL_SERVER_ERROR";
// The other codes are faults of the client.
const FAULTS_OF_SERVER: ReadonlySet<unknown> = new Set([
  FAILED,
  "NOT_IMPLEMENTED",
  "BAD_GATEWAY",
  "SERVICE_UNAVAILABLE",
  "GATEWAY_TIMEOUT",
]);

/** The fields of a middleware's argument that are used. */
interface Call {
  readonly path: string;
  /** The same function for all middlewares of a call. Absent in version 10. */
  readonly getRawInput?: object;
  next(): Promise<unknown>;
}

interface Builder {
  use(middleware: (call: Call) => Promise<unknown>): unknown;
}

// Procedures of the application keep their middleware while the instrumentation is disabled.
const current = new Current<{ ended(path: string, nanos: number, code: string | undefined): void }>();

// Procedures that are joined by `concat` have the middleware several times.
const begun = new WeakSet<object>();

/** Records the duration of each call of a procedure of `@trpc/server`, by a middleware around all others. */
export function begin(recording: Recording<unknown>): Attach {
  const calls = new RpcCalls(recording, "server");
  current.set(recording, {
    ended(method, nanos, code) {
      recording.safely(() =>
        calls.ended({ system: "trpc", method, nanos }, code, FAULTS_OF_SERVER.has(code) ? code : undefined),
      );
    },
  });
  return (exports) => {
    const builder = fieldOf(exports, "initTRPC");
    const prototype: unknown = isObject(builder) ? Object.getPrototypeOf(builder) : undefined;
    recording.after(prototype, "create", (_self, made) => {
      const procedure = fieldOf(made, "procedure");
      if (isObject(made) && isBuilder(procedure)) Reflect.set(made, "procedure", procedure.use(measured));
    });
  };
}

function measured(call: Call): Promise<unknown> {
  const { getRawInput } = call;
  if (getRawInput !== undefined) {
    if (begun.has(getRawInput)) return call.next();
    begun.add(getRawInput);
  }
  const startMillis = nowMillis();
  // The error is part of the result.
  return call.next().then((result) => {
    const error = fieldOf(result, "error");
    const code = fieldOf(error, "code");
    const failed = typeof code === "string" ? code : FAILED;
    current.value?.ended(call.path, nanosSince(startMillis), error === undefined ? undefined : failed);
    return result;
  });
}

function isBuilder(value: unknown): value is Builder {
  return hasMethods(value, "use");
}
