// A real SDK whose configuration file is read again: errors, and readers that are replaced.
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { promisify } from "node:util";
import { join } from "node:path";
import { running, start } from "tachymeter";
import { afterEach, expect, test, vi } from "vitest";
import { Reload } from "../../src/sdk/reload.ts";
import { settingsFor } from "../../src/sdk/settings.ts";
import { addressOf } from "../kit/address-of.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { freePort } from "../kit/process.ts";
import { newFolder } from "../kit/new-folder.ts";
import { metricsOf, otlpReceiver } from "../kit/otlp-receiver/index.ts";

afterEach(async () => {
  await running()?.shutdown();
  vi.unstubAllEnvs();
});

/** Starts with a reader. Returns the SDK, and a function that replaces the reader in the file. */
function startWith(reader: string) {
  const file = join(newFolder("reload"), "otel.yaml");
  const write = (next: string): void =>
    writeFileSync(
      file,
      `file_format: "1.1"
meter_provider:
  readers:
    - periodic: { interval: 3600000, ${next} }
distribution: { tachymeter: { host: false, runtime: false, group: false } }
`,
    );
  write(reader);
  vi.stubEnv("OTEL_CONFIG_FILE", file);
  return { telemetry: start(), write };
}

test("a file with certificates that grpc refuses changes nothing", async () => {
  const receiver = await otlpReceiver();
  const pem = join(newFolder("reload"), "a.pem");
  writeFileSync(pem, "");
  const good = `exporter: { otlp_http: { endpoint: "${receiver.url}" } }`;
  const { telemetry, write } = startWith(good);
  telemetry.meterProvider.getMeter("shop").createCounter("orders").add(1);
  write(`exporter: { otlp_grpc: { endpoint: "https://127.0.0.1:1", tls: { key_file: "${pem}" } } }`);
  await expect(telemetry.reload()).rejects.toThrow(
    /otel\.yaml:4:\d+ .*otlp_grpc must be usable \(a private key must be given with .*\), got "grpc"/,
  );
  await telemetry.forceFlush();
  expect(receiver.requests).toHaveLength(1);
  write(good);
  expect(await telemetry.reload()).toEqual({ applied: [], needsRestart: [] });
  await telemetry.forceFlush();
  expect(receiver.requests).toHaveLength(2);
});

test("after a reload that fails while it is applied, the former file is applied again", async () => {
  const file = join(newFolder("reload"), "otel.yaml");
  const write = (level: string): void => writeFileSync(file, `file_format: "1.1"\nlog_level: ${level}\n`);
  write("info");
  vi.stubEnv("OTEL_CONFIG_FILE", file);
  const applied: unknown[] = [];
  const reload = new Reload({
    settings: settingsFor({}),
    given: {},
    apply: async ({ configuration }) => {
      applied.push(configuration.logLevel);
      if (configuration.logLevel === "error") throw new Error("not applied");
    },
  });
  write("error");
  await expect(reload.reload()).rejects.toThrow("not applied");
  write("info");
  expect((await reload.reload()).applied).toEqual(["log_level"]);
  expect(applied).toEqual(["error", "info"]);
});

test.each([
  ["delta", "temporality_preference: delta"],
  ["cumulative", "temporality_preference: cumulative"],
])("a reader that is replaced continues the series of the former one: %s", async (temporality, field) => {
  const receiver = await otlpReceiver();
  const reader = (token: string): string =>
    `exporter: { otlp_http: { endpoint: "${receiver.url}", ${field}, headers: [{ name: x-token, value: ${token} }] } }, cardinality_limits: { default: 50 }`;
  const { telemetry, write } = startWith(reader("a"));
  const meter = telemetry.meterProvider.getMeter("shop");
  const orders = meter.createCounter("orders");
  meter.createObservableCounter("visits").addCallback((result) => result.observe(1_000));
  orders.add(1);
  await telemetry.forceFlush();
  orders.add(10);
  receiver.next.push({ afterMillis: 300 });
  const flushed = telemetry.forceFlush();
  await receiver.waitForRequest(() => receiver.open > 0 && receiver.requests.length === 2);
  write(reader("b"));
  const reloaded = telemetry.reload();
  orders.add(100);
  meter.createCounter("late").add(5);
  await Promise.all([reloaded, flushed]);
  orders.add(1_000);
  await telemetry.forceFlush();
  expect(receiver.requests.map(({ headers }) => headers["x-token"])).toEqual(["a", "a", "b"]);
  const values = (name: string): readonly unknown[] =>
    receiver.requests
      .flatMap(({ body }) => metricsOf(body))
      .flatMap((metric) => (metric.name === name && metric.kind === "sum" ? metric.points : []))
      .map(({ value }) => value);
  const isDelta = temporality === "delta";
  expect(values("orders")).toEqual(isDelta ? [1, 10, 1_100] : [1, 11, 1_111]);
  expect(values("visits")).toEqual(isDelta ? [1_000, 0, 0] : [1_000, 1_000, 1_000]);
  expect(values("late")).toEqual([5]);
});

test("an endpoint that cannot listen at its new port leaves the former one, and the reload rejects", async () => {
  const file = join(newFolder("reload"), "otel.yaml");
  const write = (reader: string): void =>
    writeFileSync(
      file,
      `file_format: "1.1"\nlog_level: fatal\ndistribution: { tachymeter: { host: false, runtime: false, group: false, readers: [{ type: prometheus, ${reader} }] } }`,
    );
  const [port, taken] = [await freePort(), await freePort()];
  const other = createServer().listen(taken, "127.0.0.1");
  await once(other, "listening");
  write(`port: ${port}`);
  vi.stubEnv("OTEL_CONFIG_FILE", file);
  const telemetry = start();
  await telemetry.ready;
  const logged = collectWarnings();
  telemetry.meterProvider.getMeter("shop").createCounter("orders").add(3);
  const scraped = async (): Promise<string | undefined> => {
    const text = await (
      await fetch(String(telemetry.prometheusUrl), { headers: { connection: "close" } })
    ).text();
    return /^orders_total{.*} (\d+)$/m.exec(text)?.[1];
  };
  // The second one has the former's port, and an address of no machine.
  for (const reader of [`port: ${taken}`, `port: ${port}, host: 192.0.2.1`]) {
    write(reader);
    await expect(telemetry.reload()).rejects.toThrow(/is in use|cannot listen/);
    expect(telemetry.prometheusUrl).toBe(`http://127.0.0.1:${port}/metrics`);
    expect(await scraped()).toBe("3");
  }
  expect(logged).toHaveLength(2);
  write(`port: ${port}, endpoint: /other`);
  await telemetry.reload();
  expect(telemetry.prometheusUrl).toBe(`http://127.0.0.1:${port}/other`);
  expect(await scraped()).toBe("3");
  other.close();
});

test("an endpoint has its metrics at each moment of a reload that waits for a collection", async () => {
  collectWarnings();
  const receiver = await otlpReceiver();
  const file = join(newFolder("reload"), "otel.yaml");
  const port = await freePort();
  const write = (token: string): void =>
    writeFileSync(
      file,
      `file_format: "1.1"\nlog_level: fatal\ndistribution: { tachymeter: { host: false, runtime: false, group: false, page: false, readers: [{ type: prometheus, port: ${port}, bearerToken: ${token} }, { type: otlp, url: "${receiver.url}", headers: { x-token: ${token} } }] } }`,
    );
  write("former");
  vi.stubEnv("OTEL_CONFIG_FILE", file);
  const telemetry = start();
  await telemetry.ready;
  const meter = telemetry.meterProvider.getMeter("shop");
  meter.createCounter("orders").add(3);
  const answers = new Set<string>();
  const scrape = async (): Promise<void> => {
    for (const token of ["former", "next"]) {
      const headers = { "x-prometheus-scrape-timeout-seconds": "10", authorization: `Bearer ${token}` };
      const options = { headers: { ...headers, connection: "close" } };
      const response = await fetch(`http://127.0.0.1:${port}/metrics`, options).catch(() => undefined);
      if (response === undefined) continue;
      const value = /^orders_total{.*} (\d+)$/m.exec(await response.text())?.[1];
      answers.add(`${token} ${response.status} ${value}`);
    }
  };
  await scrape();
  let calls = 0;
  meter.createObservableGauge("slow").addCallback(() => {
    calls++;
    return new Promise<void>((end) => void setTimeout(end, 1_000));
  });
  const flushed = telemetry.forceFlush();
  await expect.poll(() => calls).toBe(1);
  write("next");
  const reloaded = telemetry.reload();
  const over = new AbortController();
  void reloaded.finally(() => over.abort());
  while (!over.signal.aborted) await scrape();
  await scrape();
  await Promise.all([reloaded, flushed]);
  expect([...answers].toSorted()).toEqual([
    "former 200 3",
    "former 401 undefined",
    "next 200 3",
    "next 401 undefined",
  ]);
});

test.each(["http/json", "http/protobuf"])(
  "reloads leave no series and no connections of former readers: %s",
  async (protocol) => {
    const backend = createServer((request, response) => {
      request.resume().on("end", () => response.setHeader("content-type", "application/json").end("{}"));
    }).listen(0, "127.0.0.1");
    await once(backend, "listening");
    const file = join(newFolder("reload"), "otel.yaml");
    const write = (turn: number): void =>
      writeFileSync(
        file,
        `file_format: "1.1"\nlog_level: fatal\ndistribution: { tachymeter: { host: false, runtime: false, group: false, readers: [{ type: prometheus, port: 0 }, { type: otlp, protocol: ${protocol}, url: "http://127.0.0.1:${addressOf(backend).port}", headers: { x-turn: t${turn} } }] } }`,
      );
    write(0);
    vi.stubEnv("OTEL_CONFIG_FILE", file);
    const telemetry = start();
    await telemetry.ready;
    const names = async (): Promise<number> => {
      const text = await (await fetch(String(telemetry.prometheusUrl))).text();
      return new Set(text.match(/otel_component_name="[^"]*"/g)).size;
    };
    await telemetry.forceFlush();
    const before = await names();
    for (let turn = 1; turn <= 5; turn++) {
      write(turn);
      await telemetry.reload();
      await telemetry.forceFlush();
    }
    // The former reader has its number until it has ended.
    expect((await names()) - before).toBeLessThanOrEqual(2);
    const connections = promisify(backend.getConnections.bind(backend));
    await expect.poll(connections).toBe(1);
    await telemetry.shutdown();
    await expect.poll(connections).toBe(0);
    backend.close();
  },
);
