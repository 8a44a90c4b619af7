import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import { start } from "tachymeter";
import { expect, onTestFinished, test } from "vitest";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { listening } from "../../kit/listening.ts";
import { newFolder } from "../../kit/new-folder.ts";

const EXPORTED = "otel_sdk_exporter_metric_data_point_exported_total";
const COMPONENT = 'otel_component_name="json/0",otel_component_type="json_metric_exporter"';

test("a failed export of reader json is counted by its error, and logged once", async () => {
  const url = await listening((request, response) =>
    request.resume().on("end", () => response.writeHead(500).end()),
  );
  const { exported, warnings } = await flushed({ type: "json", url });
  expect(exported).toEqual([`${EXPORTED}{error_type="PostError",${COMPONENT}}`]);
  expect(warnings).toEqual([
    expect.stringMatching(/^exporter "json\/0": exports failed .*: the server responded with 500/),
  ]);
});

test.each(["document", "ndjson"])("an export of reader json with format %s is counted", async (format) => {
  const file = join(newFolder("own-metrics"), "metrics.json");
  const { exported, warnings } = await flushed({ type: "json", file, format });
  expect(exported).toEqual([`${EXPORTED}{${COMPONENT}}`]);
  expect(warnings).toEqual([]);
});

/** Starts with one reader and flushes it. Returns the keys of its exported data points, and the logged warnings. */
async function flushed(reader: object) {
  const telemetry = start({ readers: [Object(reader)], host: false, runtime: false, group: false });
  const warnings = collectWarnings();
  onTestFinished(async () => {
    await telemetry.shutdown();
    diag.disable();
  });
  telemetry.messaging.sent("jobs");
  await telemetry.forceFlush();
  const { metrics } = await telemetry.snapshot();
  return {
    exported: Object.keys(metrics).filter((key) => key.startsWith(EXPORTED)),
    warnings: [...warnings],
  };
}
