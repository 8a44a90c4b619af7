import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "tachymeter";
import { expect, onTestFinished, test, vi } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { listening } from "../kit/listening.ts";
import { newFolder } from "../kit/new-folder.ts";

test("after reloads, http/json is sent with the certificates of the start, and its exports are counted once", async () => {
  let requests = 0;
  const url = await listening((request, response) => {
    requests++;
    request.resume().on("end", () => response.end("{}"));
  });
  const folder = newFolder("reloaded-exporter");
  const [file, caFile] = [join(folder, "otel.yaml"), join(folder, "ca.pem")];
  writeFileSync(caFile, "x\n");
  const write = (fields: string): void =>
    writeFileSync(
      file,
      `file_format: "1.1"\nlog_level: warn\ndistribution: { tachymeter: { host: false, runtime: false, group: false, readers: [{ type: otlp, protocol: http/json, url: "${url}", tls: { caFile: ${caFile} }, ${fields} }] } }`,
    );
  write("interval: 0.4");
  vi.stubEnv("OTEL_CONFIG_FILE", file);
  const telemetry = start();
  const warnings = collectWarnings();
  onTestFinished(async () => {
    await telemetry.shutdown();
    vi.unstubAllEnvs();
  });
  await telemetry.ready;
  telemetry.messaging.sent("jobs");
  const next = async (): Promise<void> => {
    const before = requests;
    await expect.poll(() => requests, { timeout: 10_000 }).toBeGreaterThan(before + 1);
  };
  await next();
  write("interval: 0.2");
  await telemetry.reload();
  rmSync(caFile);
  await next();
  writeFileSync(caFile, "x\n");
  write("interval: 0.2, headers: { tenant: shop }");
  await telemetry.reload();
  await next();
  const { metrics } = await telemetry.snapshot();
  const exported = Object.keys(metrics).filter((key) => key.includes("data_point_exported"));
  expect(exported).toEqual(
    [0, 1].map((number) => expect.stringContaining(`"otlp_http_json_metric_exporter/${number}"`)),
  );
  expect(warnings).toEqual([]);
});
