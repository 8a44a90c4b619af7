import type { Wrap } from "../../src/recording/replace-method.ts";
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { OTHER_NAME } from "../../src/recording/bounded-names.ts";
import { nowMillis } from "../shared/clock.ts";
import { Current } from "../shared/current.ts";
import { fieldOf, hasMethods, isObject, listIn } from "../shared/fields.ts";
import type { Attach, InstrumentedFile } from "../shared/instrumented.ts";
import { counter, histogram } from "../shared/instruments.ts";
import { KnownNames } from "../shared/names.ts";
import { isCallback, type Outcome } from "../shared/observed.ts";
import { type PublishedCalls, recordPublished } from "../shared/published-calls.ts";
import type { Recording } from "../shared/recording.ts";
import type { GraphqlConfig } from "./index.ts";
import { type Operation, operationOf } from "./operation.ts";
import { isStream, withEvents } from "./subscription-events.ts";

const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;
// As servers report them, in `extensions.code`.
const PARSE_FAILED = "GRAPHQL_PARSE_FAILED";
const VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED";

/** Calls a function that executes an operation, whose document and name are in `execution`, and records it. */
type Measured = (execution: unknown, call: () => unknown) => unknown;

// Compiled operations stay measured while the instrumentation is disabled.
const current = new Current<{ readonly measured: Measured }>();

/** Records the durations of GraphQL operations by type and name, and the failures of documents. */
export function begin(recording: Recording<GraphqlConfig>): Attach {
  const record = operationRecorder(recording);
  const failures = counter(recording.meter, "graphql.document.failures");
  const refused = (type: string): void => failures.add(1, { "error.type": type });
  const end: PublishedCalls<Operation>["end"] = (operation, nanos, { result }, error) =>
    record(operation, nanos / 1e9, error === undefined ? failureOf(result) : error);
  // Work of `execute` is published on both channels, an event of a subscription on the second one.
  let published: unknown;
  recordPublished<Operation>(recording, {
    "graphql:execute": {
      begin(call) {
        published = call["document"];
        return operationOf(call);
      },
      end,
    },
    "graphql:execute:rootSelectionSet": {
      begin: (call) =>
        call["operationType"] === "subscription" && call["document"] !== published
          ? operationOf(call)
          : undefined,
      end,
    },
  });
  recording.subscribe("tracing:graphql:execute:end", () => (published = undefined));
  recordPublished<true>(recording, {
    "graphql:parse": {
      begin: () => true,
      end: (_, __, ___, error) => error !== undefined && refused(PARSE_FAILED),
    },
    "graphql:validate": {
      begin: () => true,
      end: (_, __, { result }) => hasErrors(result) && refused(VALIDATION_FAILED),
    },
  });
  let executing: unknown;
  const measuredBy =
    (follow: (result: unknown, outcome: Outcome) => unknown): Measured =>
    (execution, call) => {
      // Functions of a package call each other with the same arguments.
      if (execution === executing) return call();
      const outer = executing;
      executing = execution;
      const startMillis = nowMillis();
      const settled = (value: unknown, failure: unknown): void =>
        recording.safely(() => {
          const operation = operationOf(execution);
          // Its events are operations.
          if (operation.type === "subscription" && isStream(value)) return;
          record(operation, (nowMillis() - startMillis) / 1000, failure);
        });
      const ended = (value: unknown): void => settled(value, failureOf(value));
      const failed = (error: unknown): void => settled(undefined, error ?? "undefined");
      let result: unknown;
      try {
        result = call();
      } catch (error) {
        failed(error);
        throw error;
      } finally {
        executing = outer;
      }
      if (!hasMethods(result, "then")) {
        ended(result);
        return result;
      }
      return follow(result, {
        fulfilled: ended,
        rejected: failed,
      });
    };
  // The package's own promise is never rejected; those of other packages may be.
  const measured = measuredBy((result, outcome) => recording.observedAside(result, outcome));
  const measuredElsewhere = measuredBy((result, outcome) => recording.observed(result, outcome));
  current.set(recording, { measured: measuredElsewhere });
  // As with other packages, each event of a subscription is an operation.
  const subscribed: Wrap = (subscribe) =>
    function (...args) {
      const [execution] = args;
      const call = (): unknown => Reflect.apply(subscribe, this, args);
      const operation = recording.safely(() => operationOf(execution));
      if (execution === executing || operation?.type !== "subscription")
        return measuredElsewhere(execution, call);
      return measuredElsewhere(execution, () =>
        withEvents(execution, call, (seconds, result) =>
          recording.safely(() => record(operation, seconds, failureOf(result))),
        ),
      );
    };
  const executed = (measure: Measured): Wrap => {
    return (execute) =>
      function (...args) {
        return measure(args[0], () => Reflect.apply(execute, this, args));
      };
  };
  const wraps: Readonly<Record<string, Wrap>> = {
    parse: (parse) =>
      function (...args) {
        try {
          return Reflect.apply(parse, this, args);
        } catch (error) {
          recording.safely(() => refused(PARSE_FAILED));
          throw error;
        }
      },
    validate: (validate) =>
      function (...args) {
        const errors = Reflect.apply(validate, this, args);
        recording.safely(() => hasErrors(errors) && refused(VALIDATION_FAILED));
        return errors;
      },
    subscribe: subscribed,
    normalizedExecutor: subscribed,
    compileQuery: (compile) =>
      function (...args) {
        const compiled = Reflect.apply(compile, this, args);
        recording.safely(() => watchCompiled(compiled, { document: args[1], operationName: args[2] }));
        return compiled;
      },
  };
  return (exports, { library, replaces = [] }: InstrumentedFile) => {
    const measure = library === "graphql" ? measured : measuredElsewhere;
    for (const name of replaces) recording.wrap(exports, name, wraps[name] ?? executed(measure));
  };
}

function operationRecorder(
  recording: Recording<GraphqlConfig>,
): (operation: Operation, seconds: number, failure: unknown) => void {
  const durations = histogram(recording.meter, "graphql.operation.duration");
  const names = new KnownNames(recording);
  return ({ type, name }, seconds, failure) =>
    durations.record(seconds, {
      ...(type !== undefined && { "graphql.operation.type": type }),
      // Clients choose the names. A name that the document lacks is not a name of the application.
      ...(name !== undefined && {
        "graphql.operation.name": type === undefined ? OTHER_NAME : names.of(name),
      }),
      ...(failure !== undefined && { "error.type": failureType(failure) }),
    });
}

function watchCompiled(compiled: unknown, execution: object): void {
  const query = fieldOf(compiled, "query");
  if (!isObject(compiled) || !isCallback(query)) return;
  Reflect.set(compiled, "query", function (this: unknown, ...args: readonly unknown[]): unknown {
    const call = (): unknown => Reflect.apply(query, this, args);
    return current.value === undefined ? call() : current.value.measured(execution, call);
  });
}

function hasErrors(errors: unknown): boolean {
  return Array.isArray(errors) && errors.length > 0;
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
