import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { BridgeConfigError, BridgeTelemetry } from "tachymeter/history";
import { expect, test } from "vitest";
import { bridge, reading } from "./bridges.ts";
import { newFolder } from "../../kit/new-folder.ts";

test("all invalid options are reported together, without secrets", () => {
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
    "logger_config.log_path must be a path or a URL, got 5",
    'logger_config.enable_console must be true or false, got "yes"',
    'storage_config.connection_string must be a path or a URL, got ""',
    "storage_config.headers must be an object of strings, got { authorization: 'a number', token: 'a string' }",
    "retention_policy.events.duration_days must be a number of days above 0, got 0",
    "retention_policy.metrics must be an object, got 30",
  ])
    expect(make).toThrow(part);
  expect(make).not.toThrow("hunter2");
});

test("unknown options are ignored", () => {
  // @ts-expect-error: such a document may be shared
  expect(bridge({ storage_config: { backend: "anything", pool: 5 }, alerts: [] })).toBeInstanceOf(
    BridgeTelemetry,
  );
});

test("a log that cannot be opened is a configuration error", () => {
  expect(() => new BridgeTelemetry({ logger_config: { log_path: "/dev/null/errors.jsonl" } })).toThrow(
    /log_path must be a writable file \(.*ENOTDIR/,
  );
});

test("an invalid URL is a configuration error", () => {
  const make = (): unknown => new BridgeTelemetry({ storage_config: { connection_string: "http://" } });
  expect(make).toThrow("remote history: url must be an HTTP address");
});

test.each([
  "postgres://ann:hunter2@db/telemetry",
  "redis://localhost",
  "file:telemetry.db",
  "file://host/t.db",
])("a connection that is neither a file nor a remote history is rejected: %s", (connection) => {
  const make = (): unknown => new BridgeTelemetry({ storage_config: { connection_string: connection } });
  expect(make).toThrow(BridgeConfigError);
  expect(make).toThrow("bridge: storage_config.connection_string must be the path of a file");
  expect(make).not.toThrow("hunter2");
});

test("the store can be a file URL, and its folder is created", async () => {
  const path = join(newFolder("bridge"), "deep", "er", "store.db");
  const telemetry = bridge({ storage_config: { connection_string: pathToFileURL(path).href } });
  expect(await telemetry.recordMetric("m", 1)).toMatchObject({ status: "success" });
  const names: string[] = [];
  for await (const { name } of (await reading(path)).metrics()) names.push(name);
  expect(names).toEqual(["m"]);
});

test("the retention of events is configurable and part of the health check", async () => {
  const path = join(newFolder("bridge"), "store.db");
  const telemetry = bridge({
    storage_config: { connection_string: path },
    retention_policy: { events: { duration_days: 3 }, metrics: { duration_days: 5 } },
  });
  expect((await telemetry.healthCheck()).stats.data_retention_days).toBe(3);
});
