import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import http, { type IncomingMessage } from "node:http";
import { join } from "node:path";
import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import { MeterProvider as UpstreamProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { MeterProvider, type ResourceMetrics } from "tachymeter/metrics";
import { expect, onTestFinished, test, vi } from "vitest";
import { assertWritable } from "../../../src/io/files/replace.ts";
import { JsonOptionsError, JsonSnapshotExporter } from "tachymeter/json";
import { freePort } from "../../kit/process.ts";
import { counter, resourceMetrics, scope } from "../resource-metrics.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { listening } from "../../kit/listening.ts";
import { exported } from "../../kit/exported.ts";

const providers = { "upstream's": UpstreamProvider, ours: MeterProvider };

test("the shutdown waits for lines that are being written", async () => {
  const file = join(newFolder("lines"), "metrics.ndjson");
  const exporter = new JsonSnapshotExporter({ file, format: "ndjson" });
  const series = Array.from({ length: 20_000 }, (_, n): [{ n: number }, number] => [{ n }, n]);
  const written = exported(exporter, resourceMetrics([scope("s", [counter({ name: "jobs" }, ...series)])]));
  await exporter.shutdown();
  expect(await written).toEqual({ code: ExportResultCode.SUCCESS });
  expect(readFileSync(file, "utf8").trimEnd().split("\n").length).toBeGreaterThanOrEqual(20_000);
});

test.each(Object.entries(providers))(
  "with %s provider, each collection replaces the document",
  async (_, Provider) => {
    const file = temporaryFile();
    const exporter = new JsonSnapshotExporter({ file });
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const provider = new Provider({ readers: [reader] });
    const counted = provider.getMeter("s").createCounter("jobs");
    for (const total of [1, 2]) {
      counted.add(1);
      await reader.forceFlush();
      expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
        timestamp: expect.any(Number),
        metrics: { jobs_total: { value: total, labels: {}, timestamp: expect.any(Number) } },
        events_count: 0,
        running: true,
      });
    }
    await provider.shutdown();
    expect(readdirSync(join(file, ".."))).toEqual(["metrics.json"]);
  },
);

test.each(Object.entries(providers))(
  "with %s provider, each collection appends lines",
  async (_, Provider) => {
    const file = temporaryFile();
    const exporter = new JsonSnapshotExporter({ file, format: "ndjson" });
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const provider = new Provider({ readers: [reader] });
    provider.getMeter("s").createCounter("jobs").add(1);
    await reader.forceFlush();
    await provider.shutdown();
    const lines = readFileSync(file, "utf8").trim().split("\n");
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual(
      Array.from({ length: 2 }, () => expect.objectContaining({ name: "jobs_total", value: 1 })),
    );
  },
);

test("all invalid options are reported together", () => {
  const options = { file: "", url: "ftp://backend", format: "xml", maxFiles: 0, interval: 5 };
  const make = (): unknown => Reflect.construct(JsonSnapshotExporter, [options]);
  expect(make).toThrow(JsonOptionsError);
  expect(make).toThrow(
    /^json exporter: 6 problems; .*\n {2}interval .*\n {2}file .*\n {2}url .*\n {2}format .*\n {2}maxFiles must be a .*\n {2}maxFiles must be left out unless format is 'ndjson', got 0$/,
  );
});

test("the default file is that of the reader: named by a variable, or in the working directory", async () => {
  const file = temporaryFile();
  vi.stubEnv("TACHYMETER_JSON_FILE", file);
  expect(await exported(new JsonSnapshotExporter(), jobs(1))).toEqual({ code: ExportResultCode.SUCCESS });
  expect(JSON.parse(readFileSync(file, "utf8")).metrics.jobs_total.value).toBe(1);
});

test("a flush waits for running writes, and writes keep their order", async () => {
  const file = temporaryFile();
  const exporter = new JsonSnapshotExporter({ file });
  const done = vi.fn<(result: ExportResult) => void>();
  exporter.export(jobs(1), done);
  exporter.export(jobs(2), done);
  await exporter.forceFlush();
  expect(done).toHaveBeenCalledTimes(2);
  expect(JSON.parse(readFileSync(file, "utf8")).metrics.jobs_total.value).toBe(2);
});

test("an export fails if too many are pending", async () => {
  const exporter = new JsonSnapshotExporter({ file: temporaryFile() });
  const outcomes = [1, 2, 3].map((value) => exported(exporter, jobs(value)));
  expect((await Promise.all(outcomes)).map(({ code }) => code)).toEqual([0, 0, 1]);
});

test("a URL gets each document by POST", async () => {
  const bodies: string[] = [];
  const url = await listening((request, response) => {
    void bodyOf(request).then((body) => {
      bodies.push(`${request.method} ${request.headers["content-type"]} ${body}`);
      response.end("thanks");
    });
  });
  const exporter = new JsonSnapshotExporter({ url });
  expect(await exported(exporter, jobs(3))).toEqual({ code: ExportResultCode.SUCCESS });
  expect(bodies).toEqual([
    expect.stringMatching(/^POST application\/json \{"timestamp":.*"jobs_total".*\}\n$/),
  ]);
});

test("instrumentations of HTTP do not see the request", async () => {
  const url = await listening((_, response) => response.end(), "/documents");
  const seen: unknown[] = [];
  const see = (message: unknown): void => void seen.push(message);
  subscribe("undici:request:create", see);
  const patched = vi.spyOn(http, "request");
  onTestFinished(() => {
    unsubscribe("undici:request:create", see);
    patched.mockRestore();
  });
  const exporter = new JsonSnapshotExporter({ url });
  expect(await exported(exporter, jobs(1))).toEqual({ code: ExportResultCode.SUCCESS });
  expect([seen, patched.mock.calls]).toEqual([[], []]);
  await fetch(url);
  http
    .request(url)
    .on("error", () => {})
    .destroy();
  expect([seen.length, patched.mock.calls.length]).toEqual([1, 1]);
});

test("a server that refuses or is unreachable is a failed export, and the file is still written", async () => {
  const file = temporaryFile();
  const refusing = await listening((_, response) => response.writeHead(503).end("busy"), "/documents");
  const refused = new JsonSnapshotExporter({ file, url: refusing });
  expect(await exported(refused, jobs(1))).toMatchObject({
    code: ExportResultCode.FAILED,
    error: {
      code: "TACHYMETER_POST",
      message: `json reader "${refusing}": the server responded with 503; see its log`,
    },
  });
  expect(JSON.parse(readFileSync(file, "utf8")).metrics.jobs_total.value).toBe(1);

  const nowhere = `http://127.0.0.1:${await freePort()}/`;
  const absent = new JsonSnapshotExporter({ url: nowhere });
  const result = await exported(absent, jobs(1));
  expect(result.error?.message).toMatch(
    /no response \(.*ECONNREFUSED.*\); check that a server listens there$/,
  );
});

test("a document is sent only to its URL, and an error shows no query", async () => {
  const seen: string[] = [];
  const elsewhere = await listening((request, response) => {
    seen.push(request.url ?? "");
    response.end();
  });
  const url = await listening(
    (_, response) => response.writeHead(307, { location: elsewhere }).end(),
    "/documents",
  );
  const exporter = new JsonSnapshotExporter({ url: `${url}?key=secret` });
  const result = await exported(exporter, jobs(1));
  expect(result.error?.message).toBe(`json reader "${url}": the server responded with 307; see its log`);
  expect(seen).toEqual([]);
});

test("a file that cannot be written is a failed export", async () => {
  const exporter = new JsonSnapshotExporter({ file: "/dev/full" });
  expect(await exported(exporter, jobs(1))).toMatchObject({
    code: ExportResultCode.FAILED,
    error: { code: "TACHYMETER_FILE", message: expect.stringContaining("its file system is full") },
  });
});

test.each([
  ["/no/such/folder/a.json", "its folder /no/such/folder does not exist"],
  ["/dev/null/a.json", "/dev/null is not a folder"],
  ["/", "it is a folder"],
])("a file that cannot be written, %s, is refused when the reader is created", (file, why) => {
  expect(() => new JsonSnapshotExporter({ file })).toThrow(why);
  expect(() => assertWritable(file)).toThrow(why);
});

test("checking whether a file is writable changes nothing", () => {
  const file = temporaryFile();
  assertWritable(file);
  expect(existsSync(file)).toBe(false);
  writeFileSync(file, "old");
  assertWritable(file);
  expect(readFileSync(file, "utf8")).toBe("old");
  expect(readdirSync(join(file, ".."))).toEqual(["metrics.json"]);
});

function jobs(value: number): ResourceMetrics {
  return resourceMetrics([scope("s", [counter({ name: "jobs" }, [{}, value])])]);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

function temporaryFile(): string {
  return join(newFolder("json-reader"), "metrics.json");
}
