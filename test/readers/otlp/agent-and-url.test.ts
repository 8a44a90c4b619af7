import http from "node:http";
import https from "node:https";
import type { ExportResultCode } from "@opentelemetry/core";
import { OtlpExporter, type OtlpExporterOptions } from "tachymeter/otlp";
import { expect, onTestFinished, test, vi } from "vitest";
import { certificate } from "../../kit/certificate.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { exported } from "../../kit/exported.ts";
import { type OtlpReceiver, otlpReceiver } from "../../kit/otlp-receiver/index.ts";
import { needs } from "../../servers/needs.ts";
import { counter, resourceMetrics, scope } from "../resource-metrics.ts";
import { valuesOf } from "./queued-exporters.ts";

test("a function for the agent that fails or never resolves is called again", async () => {
  const receiver = await otlpReceiver();
  const errors = collectWarnings();
  retryAtOnce();
  const answers = [
    () => Promise.reject(new Error("no proxy yet")),
    () => new Promise<http.Agent>(() => {}),
    () => new http.Agent(),
  ];
  const httpAgentOptions = (): http.Agent | Promise<http.Agent> => answers.shift()!();
  const exporter = exporterTo(receiver, { timeoutMillis: 300, httpAgentOptions });
  await exportedValue(exporter, 1);
  await receiver.waitForRequest();
  expect(answers).toEqual([]);
  expect(errors).toEqual([expect.stringContaining("latest error: no proxy yet")]);
});

test("the user and password of a URL are removed from a backend's message", async () => {
  const receiver = await otlpReceiver();
  const errors = collectWarnings();
  const authorization = Buffer.from("joe:s3cret pass").toString("base64");
  const body = `no access for s3cret pass, s3cret%20pass, Basic ${authorization}`;
  receiver.next.push({ status: 401, contentType: "text/plain", body });
  const url = `${receiver.url.replace("//", "//joe:s3cret%20pass@")}/v1/metrics`;
  const exporter = exporterTo(receiver, { url });
  await exportedValue(exporter, 1);
  await exporter.forceFlush();
  expect(receiver.requests[0]?.headers.authorization).toBe(`Basic ${authorization}`);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toContain("the backend responded with 401: no access for");
  expect(errors[0]).not.toMatch(/s3cret/);
  expect(errors[0]).not.toContain(authorization);
});

test("the files of tls are used beside other options of the agent", async (context) => {
  needs(context, "openssl");
  const { cert, key, certFile: caFile } = await certificate();
  const receiver = await otlpReceiver(undefined, { cert, key });
  const httpAgentOptions = { keepAlive: false };
  const exporter = exporterTo(receiver, { tls: { caFile }, httpAgentOptions });
  for (const value of [1, 2]) await exportedValue(exporter, value);
  await exporter.forceFlush();
  expect(valuesOf(receiver.requests)).toEqual([1, 2]);
  expect(receiver.requests[0]?.peerPort).not.toBe(receiver.requests[1]?.peerPort);
  const make = (): unknown =>
    new OtlpExporter({ tls: { caFile }, httpAgentOptions: () => new https.Agent() });
  expect(make).toThrow("OtlpExporter: tls must be missing if httpAgentOptions is a function");
});

function exporterTo(receiver: OtlpReceiver, options: OtlpExporterOptions = {}): OtlpExporter {
  const exporter = new OtlpExporter({ url: `${receiver.url}/v1/metrics`, ...options });
  onTestFinished(() => exporter.shutdown());
  return exporter;
}

async function exportedValue(exporter: OtlpExporter, value: number): Promise<ExportResultCode> {
  const metrics = resourceMetrics([scope("test", [counter({ name: "count" }, [{}, value])])]);
  return (await exported(exporter, metrics)).code;
}

function retryAtOnce(): void {
  const random = vi.spyOn(Math, "random").mockReturnValue(0);
  onTestFinished(() => random.mockRestore());
}
