import type { Attributes } from "@opentelemetry/api";
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { OTHER_NAME } from "../../src/recording/bounded-names.ts";
import { nowMillis } from "../shared/clock.ts";
import { fieldOf, isObject, listIn } from "../shared/fields.ts";
import type { Attach, InstrumentedFile } from "../shared/instrumented.ts";
import { histogram } from "../shared/instruments.ts";
import { KnownNames } from "../shared/names.ts";
import { recordPublished } from "../shared/published-calls.ts";
import type { Recording } from "../shared/recording.ts";
import { type GraphqlConfig, REPLACED } from "./index.ts";
import { type Operation, operationOf } from "./operation.ts";

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
  const record = (operation: Operation, seconds: number, failure: unknown): void =>
    durations.record(seconds, {
      ...attributesOf(operation),
      ...(failure !== undefined && { "error.type": failureType(failure) }),
    });
  recordPublished<Operation>(recording, {
    "graphql:execute": {
      begin: operationOf,
      end: (operation, nanos, { result }, error) =>
        record(operation, nanos / 1e9, error === undefined ? failureOf(result) : error),
    },
  });
  return (exports, { path }: InstrumentedFile) => {
    if (path === undefined) return;
    for (const name of REPLACED) {
      recording.wrap(exports, name, (execute) => {
        return function (...args) {
          const startMillis = nowMillis();
          const ended = (failure: unknown): void =>
            recording.safely(() => record(operationOf(args[0]), (nowMillis() - startMillis) / 1000, failure));
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
