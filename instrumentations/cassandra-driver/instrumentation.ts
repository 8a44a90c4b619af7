import { nanosSince, nowMillis } from "../shared/clock.ts";
import { DatabaseOperations, type DatabaseTarget } from "../shared/database-operations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, listIn } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { remember } from "../shared/names.ts";
import type { Recording } from "../shared/recording.ts";
import { SqlOperations } from "../shared/sql-operations.ts";

/** Records the durations of requests of the `cassandra-driver` package, each with its retries on other hosts. */
export function begin(recording: Recording<unknown>): Attach {
  return (exports) => {
    const operations = new DatabaseOperations(recording.meter, "cassandra", statusOf);
    const statements = new SqlOperations();
    const targets = new Map<string, DatabaseTarget>();
    const targetOf = (host: unknown, keyspace: unknown): DatabaseTarget => {
      const key = `${String(host)} ${String(keyspace)}`;
      const target = targets.get(key) ?? {
        ...serverOf(host),
        namespace: typeof keyspace === "string" ? keyspace : "",
      };
      remember(targets, key, target);
      return target;
    };
    // The driver awaits its promise.
    recording.outcome(
      prototypeOf(exports),
      "send",
      (handler) => {
        const startMillis = nowMillis();
        const request = fieldOf(handler, "request");
        const isBatch = fieldOf(request, "queries") !== undefined;
        const record = (error?: unknown): void => {
          const execution = listIn(handler, "_executions").at(-1);
          const host = fieldOf(fieldOf(execution, "_host"), "address");
          const target = targetOf(host, fieldOf(fieldOf(handler, "client"), "keyspace"));
          const operation = isBatch ? "BATCH" : statements.of(fieldOf(request, "query"));
          operations.record(target, operation, nanosSince(startMillis), error);
        };
        return { fulfilled: () => record(), rejected: (error) => record(error ?? "undefined") };
      },
      "aside",
    );
  };
}

// `127.0.0.1:9042`; IPv6 addresses are not in brackets.
function serverOf(host: unknown): Pick<DatabaseTarget, "address" | "port"> {
  const [, address = "", port] = /^(.+):(\d+)$/.exec(String(host)) ?? [];
  return { address, port: Number(port ?? 0) };
}

// The number of an error of the protocol.
function statusOf(error: unknown): string | undefined {
  const code = fieldOf(error, "code");
  return typeof code === "number" ? String(code) : undefined;
}
