// The example of the bridge's description (section 4.3) and its test (5.1), verbatim.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BridgeTelemetry } from "tachymeter/history";
import { expect, onTestFinished, test } from "vitest";
import { bridge } from "./bridges.ts";
import { newFolder } from "../../kit/new-folder.ts";

test("the integration example records a command and a metric, and queries the last hour", async () => {
  const runtime = newFolder("bridge");
  const telemetry = new BridgeTelemetry({
    logger_config: { log_path: join(runtime, "logs", "telemetry_logs.jsonl"), enable_console: true },
    storage_config: {
      backend: "timeseries_db",
      connection_string: join(runtime, "data", "telemetry_store"),
    },
    retention_policy: { events: { duration_days: 7 }, metrics: { duration_days: 30 } },
  });
  onTestFinished(() => telemetry.close());

  const result = await telemetry.recordEvent({
    event_type: "COMMAND",
    source: "bridge_core",
    data: {
      command_type: "EXECUTE_TASK",
      command_id: "12345",
      processing_time_ms: 127,
      result_status: "SUCCESS",
    },
  });
  expect(result).toEqual({
    status: "success",
    event_id: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/),
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });

  const metric = await telemetry.recordMetric("command_processing_time_ms", 127, {
    command_type: "EXECUTE_TASK",
    source: "bridge_core",
  });
  expect(Object.keys(metric)).toEqual(["status", "event_id", "timestamp"]);
  expect(metric.status).toBe("success");

  const now = new Date();
  const oneHourAgo = new Date(now.getTime() - 3_600_000);
  const metrics = await telemetry.getMetrics(
    ["command_processing_time_ms", "successful_commands"],
    [oneHourAgo.toISOString(), now.toISOString()],
    "MEAN",
  );
  expect(metrics).toEqual({
    status: "success",
    metrics: {
      command_processing_time_ms: {
        value: 127,
        aggregation: "MEAN",
        sample_count: 1,
        time_range: { start: oneHourAgo.toISOString(), end: now.toISOString() },
      },
    },
  });
  expect(existsSync(join(runtime, "data", "telemetry_store"))).toBe(true);
  expect(await telemetry.healthCheck()).toEqual({
    status: "healthy",
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    uptime_seconds: expect.any(Number),
    stats: {
      events_recorded: 1,
      metrics_recorded: 1,
      data_retention_days: 7,
      storage_usage_percentage: expect.any(Number),
    },
  });
});

test("metric recording and retrieval", async () => {
  const telemetry = bridge({ logger_config: { enable_console: false } });
  const metricName = "test_metric";
  const metricValue = 42;

  const recordResult = await telemetry.recordMetric(metricName, metricValue);
  const now = new Date();
  const fiveMinutesAgo = new Date(now.getTime() - 5 * 60_000);
  const retrieveResult = await telemetry.getMetrics(
    [metricName],
    [fiveMinutesAgo.toISOString(), now.toISOString()],
    "MEAN",
  );

  expect(recordResult.status).toBe("success");
  expect(recordResult).toHaveProperty("event_id");
  expect(retrieveResult.status).toBe("success");
  expect(retrieveResult).toHaveProperty(["metrics", metricName]);
  expect(retrieveResult).toHaveProperty(["metrics", metricName, "value"], metricValue);
});
