// The durations of a connection's queries and prepared statements, from the call until the answer.
import { EventEmitter, errorMonitor } from "node:events";
import {
  type DatabaseOperations,
  type DatabaseTarget,
  fieldOf,
  isNodeCallback,
  isObject,
  measuredCallback,
  type Method,
  nowMillis,
  type Recording,
  SqlOperations,
  withMeasuredCallback,
} from "../shared/index.ts";
import { targetOf } from "./pools.ts";

/**
 * Wraps `query` or `execute` of a connection, in each form: with a callback among the arguments, with a command that has
 * one (as pools call it), or without a callback, where the command that is returned emits events. Promises are made of
 * callbacks by the package itself.
 */
export function measureCommands(
  recording: Recording<unknown>,
  operations: DatabaseOperations,
): (original: Method) => Method {
  const targets = new WeakMap<object, DatabaseTarget>();
  const sql = new SqlOperations();

  const targetOfConnection = (connection: unknown): DatabaseTarget => {
    const config = fieldOf(connection, "config");
    if (!isObject(config)) return targetOf(config);
    const target = targets.get(config) ?? targetOf(config);
    targets.set(config, target);
    return target;
  };

  return (method) =>
    function (...args) {
      const start = nowMillis();
      const [command] = args;
      const statement = typeof command === "string" ? command : fieldOf(command, "sql");
      let isRecorded = false;
      const settled = (error?: unknown): void => {
        if (isRecorded) return;
        isRecorded = true;
        recording.safely(() =>
          operations.record(targetOfConnection(this), sql.of(statement), nowMillis() - start, error),
        );
      };
      const measured = withMeasuredAnswer(args, settled);
      const result: unknown = Reflect.apply(method, this, measured ?? args);
      if (measured === undefined && result instanceof EventEmitter) {
        result.once(errorMonitor, settled);
        result.once("end", () => settled());
      }
      return result;
    };
}

// The arguments with the callback measured, which may be that of a command; `undefined` without a callback.
function withMeasuredAnswer(
  args: readonly unknown[],
  settled: (error?: unknown) => void,
): readonly unknown[] | undefined {
  const measured = withMeasuredCallback(args, settled);
  const [command] = args;
  const onResult = fieldOf(command, "onResult");
  if (measured !== undefined || !isObject(command) || !isNodeCallback(onResult)) return measured;
  Reflect.set(command, "onResult", measuredCallback(onResult, settled));
  return args;
}
