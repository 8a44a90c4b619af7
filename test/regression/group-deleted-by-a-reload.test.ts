// A reload that changed an option of a Pushgateway reader with `deleteAtEnd` deleted the group of the running process.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "tachymeter";
import { expect, onTestFinished, test, vi } from "vitest";
import { newFolder } from "../kit/new-folder.ts";
import { pushReceiver } from "../kit/pushgateway.ts";

test.each<[string, before: string, after: string]>([
  ["the mode", "mode: push", "mode: pushAdd"],
  ["the limits of series", "mode: push", "cardinalityLimits: { default: 7 }"],
  [
    "the outbox",
    `outbox: { directory: ${newFolder("outbox")} }`,
    `outbox: { directory: ${newFolder("outbox")} }`,
  ],
])("a group stays if a reload changes %s of its reader", async (_, before, after) => {
  const { requests, telemetry, reload } = await started(`job: batch, ${before}`);
  await reload(`job: batch, ${after}`);
  await telemetry.forceFlush();
  expect(requests().filter((request) => request.startsWith("DELETE"))).toEqual([]);
  await telemetry.shutdown();
  expect(requests().slice(-1)).toEqual(["DELETE /metrics/job/batch"]);
});

test("the group of the former job is deleted if a reload changes the job", async () => {
  const { requests, telemetry, reload } = await started("job: batch");
  await reload("job: import");
  await telemetry.forceFlush();
  expect(requests().filter((request) => request.startsWith("DELETE"))).toEqual(["DELETE /metrics/job/batch"]);
  await telemetry.shutdown();
  expect(requests().slice(-1)).toEqual(["DELETE /metrics/job/import"]);
});

/** Starts with a reader of these fields, which has pushed its group. */
async function started(fields: string) {
  const receiver = await pushReceiver();
  const file = join(newFolder("group-deleted-by-a-reload"), "otel.yaml");
  const write = (content: string): void =>
    writeFileSync(
      file,
      `file_format: "1.1"\nlog_level: error\ndistribution: { tachymeter: { host: false, runtime: false, group: false, readers: [{ type: pushgateway, url: "${receiver.url}", interval: 3600, deleteAtEnd: true, ${content} }] } }`,
    );
  write(fields);
  vi.stubEnv("OTEL_CONFIG_FILE", file);
  const telemetry = start();
  onTestFinished(async () => {
    await telemetry.shutdown();
    vi.unstubAllEnvs();
  });
  await telemetry.ready;
  telemetry.messaging.sent("jobs");
  await telemetry.forceFlush();
  const requests = (): readonly string[] => receiver.requests.map(({ method, path }) => `${method} ${path}`);
  expect(requests()).toEqual(["PUT /metrics/job/batch"]);
  const reload = async (content: string): Promise<void> => {
    write(content);
    await telemetry.reload();
  };
  return { telemetry, requests, reload };
}
