import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { BridgeConfigError, BridgeTelemetry, RemoteHistoryError } from "tachymeter/history";
import { expect, test } from "vitest";
import { bridge, reading } from "./bridges.ts";
import { newFolder } from "../../kit/new-folder.ts";

test("everything that is wrong with a configuration is said at once, without secrets", () => {
  const config = {
    logger_config: { log_path: 5, enable_console: "yes" },
    storage_config: { connection_string: "", headers: { authorization: 5, token: "hunter2" } },
    retention_policy: { events: { duration_days: 0 }, metrics: 30 },
  };
  const make = (): unknown => {
    // @ts-expect-error: what the types forbid is refused, too
    return new BridgeTelemetry(config);
  };
  expect(make).toThrow(BridgeConfigError);
  for (const part of [
    'option "logger_config.log_path" of the bridge: 5 is',
    'option "logger_config.enable_console" of the bridge: "yes" is',
    'option "storage_config.connection_string" of the bridge: "" is',
    'option "storage_config.headers" of the bridge',
    'option "retention_policy.events.duration_days" of the bridge: 0 is',
    'option "retention_policy.metrics" of the bridge: 30 is',
  ])
    expect(make).toThrow(part);
  expect(make).not.toThrow("hunter2");
});

test("a configuration may hold what the bridge does not know", () => {
  // @ts-expect-error: such a document may be shared
  expect(bridge({ storage_config: { backend: "anything", pool: 5 }, alerts: [] })).toBeInstanceOf(
    BridgeTelemetry,
  );
});

test("a log that cannot be opened is said at once", () => {
  expect(() => new BridgeTelemetry({ logger_config: { log_path: "/dev/null/errors.jsonl" } })).toThrow(
    /bridge's log ".*": cannot be opened, because of ENOTDIR/,
  );
});

test("a URL that is none is said at once", () => {
  const make = (): unknown => new BridgeTelemetry({ storage_config: { connection_string: "http://" } });
  expect(make).toThrow(RemoteHistoryError);
});

test.each([
  "postgres://ann:hunter2@db/telemetry",
  "redis://localhost",
  "file:telemetry.db",
  "file://host/t.db",
])("a connection that is neither a file nor a remote history is refused: %s", (connection) => {
  const make = (): unknown => new BridgeTelemetry({ storage_config: { connection_string: connection } });
  expect(make).toThrow(BridgeConfigError);
  expect(make).toThrow('option "storage_config.connection_string" of the bridge: ');
  expect(make).not.toThrow("hunter2");
});

test("the store may be named by a file URL, and its folder is made", async () => {
  const path = join(newFolder("bridge"), "deep", "er", "store.db");
  const telemetry = bridge({ storage_config: { connection_string: pathToFileURL(path).href } });
  expect(await telemetry.recordMetric("m", 1)).toMatchObject({ status: "success" });
  const names: string[] = [];
  for await (const { name } of (await reading(path)).metrics()) names.push(name);
  expect(names).toEqual(["m"]);
});

test("events are kept for as long as the policy says, and the health check tells it", async () => {
  const path = join(newFolder("bridge"), "store.db");
  const telemetry = bridge({
    storage_config: { connection_string: path },
    retention_policy: { events: { duration_days: 3 }, metrics: { duration_days: 5 } },
  });
  expect((await telemetry.healthCheck()).stats.data_retention_days).toBe(3);
});
