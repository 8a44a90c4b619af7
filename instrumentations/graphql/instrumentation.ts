import type { Attributes } from "@opentelemetry/api";
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { OTHER_NAME } from "../../src/recording/bounded-names.ts";
import { attached } from "../shared/attached.ts";
import { nowMillis } from "../shared/clock.ts";
import { fieldOf, isObject, listIn } from "../shared/fields.ts";
import type { Attach, InstrumentedFile } from "../shared/instrumented.ts";
import { histogram } from "../shared/instruments.ts";
import { KnownNames } from "../shared/names.ts";
import type { Recording } from "../shared/recording.ts";
import type { GraphqlConfig } from "./index.ts";
import { type Operation, operationOf } from "./operation.ts";

const CHANNEL = "tracing:graphql:execute";
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;

/** Records the durations of operations that the `graphql` package executes, by type and name. */
export function begin(recording: Recording<GraphqlConfig>): Attach {
  const durations = histogram(recording.meter, "graphql.operation.duration");
  const names = new KnownNames(recording);
  const attributesOf = ({ type, name }: Operation): Attributes => ({
    ...(type !== undefined && { "graphql.operation.type": type }),
    // Clients choose the names. A name that the document lacks is not a name of the application.
    ...(name !== undefined && { "graphql.operation.name": type === undefined ? OTHER_NAME : names.of(name) }),
  });
  const record = (operation: Operation, startMillis: number, failure: unknown): void =>
    durations.record((nowMillis() - startMillis) / 1000, {
      ...attributesOf(operation),
      ...(failure !== undefined && { "error.type": failureType(failure) }),
    });
  watchChannel(recording, record);
  return (exports, { path }: InstrumentedFile) => {
    if (path === undefined) return;
    for (const name of ["execute", "executeSync"]) {
      recording.wrap(exports, name, (execute) => {
        return function (...args) {
          const startMillis = nowMillis();
          const ended = (failure: unknown): void =>
            recording.safely(() => record(operationOf(args[0]), startMillis, failure));
          let result: unknown;
          try {
            result = Reflect.apply(execute, this, args);
          } catch (error) {
            ended(error ?? "undefined");
            throw error;
          }
          // The package's own promise is never rejected.
          if (result instanceof Promise)
            return recording.observedAside(result, {
              fulfilled: (value) => ended(failureOf(value)),
              rejected: (error) => ended(error ?? "undefined"),
            });
          ended(failureOf(result));
          return result;
        };
      });
    }
  };
}

// A message is one object from its start to its end. Its result is there at `end` if all resolvers are synchronous.
function watchChannel(
  recording: Recording<GraphqlConfig>,
  record: (operation: Operation, startMillis: number, failure: unknown) => void,
): void {
  const starts = attached<number | undefined>();
  const ended = (message: object): void => {
    const startMillis = starts.get(message);
    if (startMillis === undefined || !("result" in message || "error" in message)) return;
    starts.set(message, undefined);
    record(
      operationOf(message),
      startMillis,
      "error" in message ? (message.error ?? "undefined") : failureOf(fieldOf(message, "result")),
    );
  };
  recording.subscribe(`${CHANNEL}:start`, (message) => starts.set(message, nowMillis()));
  recording.subscribe(`${CHANNEL}:end`, ended);
  recording.subscribe(`${CHANNEL}:asyncEnd`, ended);
}

// The first error of a result; a result with deferred parts has its first part in `initialResult`.
function failureOf(result: unknown): unknown {
  return listIn(fieldOf(result, "initialResult") ?? result, "errors")[0];
}

// `extensions.code` is what servers such as Apollo Server set.
function failureType(error: unknown): string {
  const code = fieldOf(fieldOf(error, "extensions"), "code");
  if (typeof code === "string" && CODE.test(code)) return code;
  const thrown = fieldOf(error, "originalError");
  return errorTypeOf(isObject(thrown) ? thrown : error);
}
