import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigurationError, start } from "tachymeter";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { NO_INTERVAL } from "../kit/no-interval.ts";
import { metricsOf, otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { freePort, outputOf, type RunningProcess, runNode } from "../kit/process.ts";
import { newFolder } from "../kit/new-folder.ts";

beforeAll(packedProject);

test("all problems of the outboxes of readers are reported together", () => {
  const directory = newFolder("outbox");
  const readers: unknown = [
    { type: "otlp", outbox: { directory, maxBytes: 1, fsync: "always", size: 4 } },
    { type: "otlp", outbox: "a folder" },
    { type: "otlp", outbox: {} },
  ];
  expect(problemsOf({ readers })).toEqual([
    "readers[0].outbox.size",
    "readers[0].outbox.maxBytes",
    "readers[0].outbox.fsync",
    "readers[1].outbox",
    "readers[2].outbox.directory",
  ]);
});

test("two readers cannot share an outbox, which has one backend", () => {
  const directory = newFolder("outbox");
  const otlp = (folder: string) => ({ type: "otlp", outbox: { directory: folder } });
  expect(
    problemsOf({ readers: [otlp(directory), otlp(`${directory}/../${directory.split("/").at(-1)}`)] }),
  ).toEqual(["readers[1].outbox"]);
  vi.stubEnv("TACHYMETER_OUTBOX_DIRECTORY", directory);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(problemsOf({ readers: ["otlp", { type: "otlp", url: "http://127.0.0.1:1" }] })).toEqual([
    "TACHYMETER_OUTBOX_DIRECTORY",
  ]);
});

test("collections made while the collector was down arrive after the next start", async () => {
  const port = await freePort();
  const directory = newFolder("outbox");
  const run = async (amount: number): Promise<RunningProcess> => {
    const cwd = await application({
      "app.mjs": `import { metrics } from "@opentelemetry/api";
        metrics.getMeter("shop").createCounter("orders").add(${amount});`,
    });
    return runNode({
      cwd,
      args: ["--import", "tachymeter/register", "app.mjs"],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
        TACHYMETER_OUTBOX_DIRECTORY: directory,
        ...NO_INTERVAL,
      },
    });
  };
  const first = await run(2);
  expect(await first.exit).toEqual({ code: 0, signal: null });
  expect(first.stderr).toContain("ECONNREFUSED");
  const receiver = await otlpReceiver(port);
  const second = await run(5);
  expect(await second.exit).toEqual({ code: 0, signal: null });
  const orders = receiver.requests.flatMap(({ body }) =>
    metricsOf(body).filter(({ name }) => name === "orders"),
  );
  expect(orders.map(({ points }) => points.map((point) => "value" in point && point.value))).toEqual([
    [2],
    [5],
  ]);
  expect(second.stderr).toBe("");
});

test("a directory that cannot be created rejects `ready`, metrics are still delivered, and both are logged", async () => {
  const receiver = await otlpReceiver();
  const file = join(newFolder("outbox"), "file");
  writeFileSync(file, "");
  const cwd = await application({
    "app.mjs": `import { start } from "tachymeter";
      const telemetry = start({ host: false, runtime: false });
      console.log(await telemetry.ready.catch(({ errors }) => errors.map(({ code }) => code)));
      telemetry.meterProvider.getMeter("shop").createCounter("orders").add(1);
      await telemetry.forceFlush();
      await telemetry.forceFlush();
      const { metrics } = await telemetry.snapshot();
      for (const key of Object.keys(metrics)) console.log(key.replace(/\\{.*/, ""));`,
  });
  const child = runNode({
    cwd,
    args: ["app.mjs"],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, TACHYMETER_OUTBOX_DIRECTORY: join(file, "outbox") },
  });
  const output = await outputOf(child);
  expect(output).toContain("[ 'TACHYMETER_OUTBOX' ]");
  expect(child.stderr.match(/error: outbox ".*": cannot be written/g)).toHaveLength(1);
  expect(receiver.metric("orders")?.points).toMatchObject([{ value: 1 }]);
  expect(output.split("\n")).toEqual(
    expect.arrayContaining([
      "otel_sdk_exporter_metric_data_point_exported_total",
      "otel_sdk_exporter_metric_data_point_inflight",
      "otel_sdk_exporter_operation_duration_seconds",
      "otel_sdk_metric_reader_collection_duration_seconds",
      "telemetry_collection_runs_total",
      "telemetry_collection_duration_seconds",
      "telemetry_outbox_size_bytes",
      "telemetry_outbox_age_seconds",
    ]),
  );
});

function problemsOf(options: { readers: unknown }): readonly string[] {
  try {
    // Like a caller without types.
    Reflect.apply(start, undefined, [options]);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map(({ name }) => name);
    throw error;
  }
  throw new Error("it started");
}
