// The durations of a client's queries, from the call until the answer.
import {
  type DatabaseOperations,
  type DatabaseTarget,
  fieldOf,
  isNodeCallback,
  isObject,
  measuredCallback,
  type Method,
  nowMillis,
  observed,
  type Recording,
  SqlOperations,
  withMeasuredCallback,
} from "../shared/index.ts";
import { targetOf } from "./pools.ts";

/**
 * Wraps `Client.prototype.query`, in each form: with a callback among the arguments or in the configuration, with a
 * promise, or with a `Query` of the application's. Cursors and streams have no callback and are not measured.
 */
export function measureQueries(
  recording: Recording<unknown>,
  operations: DatabaseOperations,
): (original: Method) => Method {
  const targets = new WeakMap<object, DatabaseTarget>();
  const sql = new SqlOperations();

  const targetOfClient = (client: unknown): DatabaseTarget => {
    if (!isObject(client)) return targetOf(client);
    const target = targets.get(client) ?? targetOf(client);
    targets.set(client, target);
    return target;
  };

  return (query) =>
    function (...args) {
      const start = nowMillis();
      const [config] = args;
      const settled = (error?: unknown): void => {
        recording.safely(() => {
          const statement = typeof config === "string" ? config : fieldOf(config, "text");
          operations.record(targetOfClient(this), sql.of(statement), nowMillis() - start, error);
        });
      };
      const measured = withMeasuredAnswer(args, settled);
      const result: unknown = Reflect.apply(query, this, measured ?? args);
      if (measured !== undefined) return result;
      // Cursors and the like come back as they are.
      return observed(result, { fulfilled: () => settled(), rejected: settled });
    };
}

// The arguments with the callback measured, which may be a field of the first one; `undefined` without a callback.
function withMeasuredAnswer(
  args: readonly unknown[],
  settled: (error?: unknown) => void,
): readonly unknown[] | undefined {
  const measured = withMeasuredCallback(args, settled);
  const [config] = args;
  const callback = fieldOf(config, "callback");
  if (measured !== undefined || !isObject(config) || !isNodeCallback(callback)) return measured;
  if (typeof fieldOf(config, "submit") === "function") {
    Reflect.set(config, "callback", measuredCallback(callback, settled));
    return args;
  }
  // The application's object stays as it is.
  const value = measuredCallback(callback, settled);
  const copy: unknown = Object.create(config, { callback: { value, enumerable: true, writable: true } });
  return args.with(0, copy);
}
