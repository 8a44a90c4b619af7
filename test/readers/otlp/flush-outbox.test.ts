import { join } from "node:path";
import { flushOutbox, OtlpExporter } from "tachymeter/otlp";
import { expect, inject, test } from "vitest";
import { certificate } from "../../kit/certificate.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { otlpReceiver } from "../../kit/otlp-receiver/index.ts";
import { freePort } from "../../kit/process.ts";
import { needs } from "../../servers/needs.ts";
import { counter, resourceMetrics, scope } from "../resource-metrics.ts";
import { valuesOf } from "./queued-exporters.ts";
import { newFolder } from "../../kit/new-folder.ts";

test("records left by a process are sent in order, and refused ones are reported", async () => {
  const { directory, url, port } = await leftBehind([1, 2, 3, 4]);
  const receiver = await otlpReceiver(port);
  receiver.next.push("ok", 400);
  expect(await flushOutbox(directory, { url })).toEqual({ delivered: 3, rejected: 1, left: 0, owners: 0 });
  expect(valuesOf(receiver.requests)).toEqual([1, 2, 3, 4]);
  expect(await flushOutbox(directory, { url })).toEqual({ delivered: 0, rejected: 0, left: 0, owners: 0 });
});

test("records that a backend does not accept in time stay in the outbox", async () => {
  const { directory, url, port } = await leftBehind([1, 2]);
  expect(await flushOutbox(directory, { url }, AbortSignal.timeout(100))).toEqual({
    delivered: 0,
    rejected: 0,
    left: 2,
    owners: 0,
  });
  const receiver = await otlpReceiver(port);
  expect(await flushOutbox(directory, { url })).toEqual({ delivered: 2, rejected: 0, left: 0, owners: 0 });
  expect(valuesOf(receiver.requests)).toEqual([1, 2]);
});

test("records are sent over TLS to a backend whose certificate option tls trusts", async (context) => {
  needs(context, "openssl");
  const { directory, port } = await leftBehind([1]);
  const { cert, key, certFile: caFile } = await certificate();
  const receiver = await otlpReceiver(port, { cert, key });
  const url = `${receiver.url}/v1/metrics`;
  const result = await flushOutbox(directory, { url, tls: { caFile } }, AbortSignal.timeout(5_000));
  expect(result).toEqual({ delivered: 1, rejected: 0, left: 0, owners: 0 });
});

test("a directory that does not exist is an error", async () => {
  const directory = join(inject("runFolder"), "nowhere");
  await expect(flushOutbox(directory)).rejects.toMatchObject({ code: "TACHYMETER_OUTBOX" });
  const flush: unknown = Reflect.apply(flushOutbox, undefined, [{ directory }]);
  await expect(flush).rejects.toThrow("flushOutbox: directory must be the path of an outbox, got {");
});

test("unknown options are refused, also those of an exporter", async () => {
  const misspelt: object = { timeout: 1_000, uri: "http://127.0.0.1:1" };
  await expect(flushOutbox(newFolder("outbox"), misspelt)).rejects.toThrow(
    /flushOutbox: .*\n.*timeout must be an existing option, such as timeoutMillis.*\n.*uri must be an existing option, such as url/,
  );
  expect(() => new OtlpExporter(misspelt)).toThrow(/OtlpExporter: .*\n.*timeout must be an existing option/);
});

async function leftBehind(values: readonly number[]) {
  collectWarnings();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/v1/metrics`;
  const directory = newFolder("outbox");
  const exporter = new OtlpExporter({ url, outbox: { directory }, timeoutMillis: 100 });
  for (const value of values) {
    const metrics = resourceMetrics([scope("test", [counter({ name: "count" }, [{}, value])])]);
    await new Promise((resolve) => exporter.export(metrics, resolve));
  }
  await exporter.shutdown();
  return { directory, url, port };
}
