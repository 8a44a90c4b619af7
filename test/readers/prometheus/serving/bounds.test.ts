import { once } from "node:events";
import { Agent, request } from "node:http";
import { setImmediate } from "node:timers/promises";
import { resourceFromAttributes } from "@opentelemetry/resources";
import fc from "fast-check";
import { MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter, type PrometheusExporterOptions } from "tachymeter/prometheus";
import { expect, onTestFinished, test, vi } from "vitest";
import { PulledReader } from "../../../engine/pulled.ts";
import { ask, askRaw, connected } from "./asking.ts";
import { quietDiag, serving } from "./serving.ts";
import { runs } from "../../../kit/test-length.ts";

const WAITS_A_MOMENT = { headers: { "x-prometheus-scrape-timeout-seconds": "0.2" } };
const WAITS_A_MINUTE = { headers: { "x-prometheus-scrape-timeout-seconds": "60" } };

test("scrapes beyond the limit are refused after a moment, with a Retry-After header", async () => {
  const { url, provider } = await serving({ maxConcurrentScrapes: 2 });
  let open = (): void => {};
  let calls = 0;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const gauge = provider.getMeter("s").createObservableGauge("slow");
  gauge.addCallback(() => {
    calls++;
    return opened;
  });
  const first = [ask(url), ask(`${url}?name[]=slow`)];
  await vi.waitFor(() => expect(calls).toBe(1));
  const refused = await ask(url);
  expect(refused.status).toBe(503);
  expect(refused.headers["retry-after"]).toBe("1");
  expect(String(refused.body)).toBe("2 scrapes are already being served\n");
  open();
  expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
  expect((await ask(url)).status).toBe(200);
});

test("a callback that is too slow for the scraper affects its own metric alone, is counted and logged once", async () => {
  const warn = quietDiag();
  const { scrape, meter } = timed({});
  meter.createCounter("jobs").add(1);
  meter.createObservableGauge("stuck").addCallback(() => new Promise(() => {}));
  meter.createObservableGauge("quick").addCallback((result) => result.observe(2));
  const first = await over(scrape("", "1"));
  expect(first.status).toBe(200);
  const body = await first.text();
  expect(body).toMatch(/^jobs_total\S* 1$/m);
  expect(body).toMatch(/^quick\S* 2$/m);
  expect(body).not.toContain("stuck{");
  for (const seconds of ["2", "3.5", "7"]) {
    const next = await (await over(scrape("", seconds))).text();
    expect(next).toMatch(/^telemetry_dropped_total\{.*reason="callback_timeout".*\} [1-4]$/m);
  }
  const told = warn.mock.calls.filter(([message]) => message.includes("a part of a collection failed"));
  expect(told).toEqual([[expect.stringContaining('callback of "stuck": it has not ended after 600 ms')]]);
});

test.each(["0", "-1", "soon", "1e3", "0.2s", "99999999999"])(
  "an invalid scrape time-out, %s, is ignored",
  async (seconds) => {
    const { url } = await serving();
    const headers = { "x-prometheus-scrape-timeout-seconds": seconds };
    expect((await ask(url, { headers })).status).toBe(200);
  },
);

test("a scrape that waits too long for its turn gets an error", async () => {
  quietDiag();
  const { url, provider } = await serving({ scrapeTimeout: 60 });
  let open = (): void => {};
  let calls = 0;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const gauge = provider.getMeter("s").createObservableGauge("slow");
  gauge.addCallback(() => {
    calls++;
    return opened;
  });
  const first = ask(url);
  await vi.waitFor(() => expect(calls).toBe(1));
  const second = await ask(`${url}?name[]=slow`, WAITS_A_MOMENT);
  expect([second.status, second.headers["retry-after"]]).toEqual([503, "1"]);
  expect(String(second.body)).toBe("the metrics were not ready in time\n");
  open();
  expect((await first).status).toBe(200);
});

test("a callback that another reader's collection waits for is left out, and the rest is served", async () => {
  quietDiag();
  const { url, provider } = await serving();
  const other = new PulledReader();
  provider.addReader(other);
  provider.getMeter("s").createCounter("jobs").add(1);
  const gauge = provider.getMeter("s").createObservableGauge("slow");
  gauge.addCallback(() => new Promise(() => {}));
  const collected = other.collect();
  const { status, body } = await ask(url, { headers: { "x-prometheus-scrape-timeout-seconds": "5" } });
  expect([status, String(body)]).toEqual([200, expect.stringMatching(/^jobs_total\S* 1$/m)]);
  await collected;
});

test("a client that stops reading is disconnected when another scrape needs its place", async () => {
  const { url, provider } = await serving({ maxConcurrentScrapes: 1 });
  const counter = provider.getMeter("s").createCounter("jobs");
  // More than the buffers of the system hold.
  for (let i = 0; i < 1_900; i++) counter.add(1, { index: i, text: "x".repeat(8_000) });
  const stuck = await connected(url);
  stuck.pause();
  stuck.write("GET /metrics HTTP/1.1\r\nhost: localhost\r\nx-prometheus-scrape-timeout-seconds: 3\r\n\r\n");
  await once(stuck, "readable");
  expect((await ask(url, { method: "HEAD" })).status).toBe(200);
});

test("scrapers that keep their connection open are served on it repeatedly", async () => {
  const { url } = await serving({ maxConcurrentScrapes: 1 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  for (let round = 0; round < 5; round++) {
    const [status, reused] = await new Promise<[number | undefined, boolean]>((resolve, reject) => {
      const asked = request(url, { agent }, (response) => {
        response.resume().once("end", () => resolve([response.statusCode, asked.reusedSocket]));
      });
      asked.once("error", reject).end();
    });
    expect([status, reused]).toEqual([200, round > 0]);
  }
});

test.each([
  ["an invalid method", "FETCH /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n", 400],
  ["garbage", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400],
  ["an invalid URL", "GET http://[ HTTP/1.1\r\nhost: localhost\r\n\r\n", 400],
  ["no host", "GET /metrics HTTP/1.1\r\n\r\n", 400],
  [
    "two lengths",
    "GET /metrics HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
    400,
  ],
  [
    "a length and chunks",
    "POST /metrics HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    400,
  ],
  ["a long URL", `GET /metrics?${"a".repeat(5_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`, 414],
  ["long headers", `GET /metrics HTTP/1.1\r\nhost: localhost\r\nlong: ${"x".repeat(20_000)}\r\n\r\n`, 431],
  ["many headers", `GET /metrics HTTP/1.1\r\nhost: localhost\r\n${"a: b\r\n".repeat(5_000)}\r\n`, 431],
  ["a body on a GET", "GET /metrics HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99999999\r\n\r\nx", 413],
  [
    "an endless body",
    "PUT /metrics HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
    405,
  ],
] as const)("%s is refused, its connection closed and the endpoint alive", async (_, bytes, status) => {
  const { url } = await serving();
  const answer = await askRaw(url, bytes);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).not.toMatch(/at .*\.[jt]s|node:/);
  expect((await ask(url)).status).toBe(200);
});

test("whatever bytes arrive, the endpoint stays alive", async () => {
  const { url } = await serving();
  const lines = fc.array(fc.oneof(fc.string(), fc.constantFrom("GET /metrics HTTP/1.1", "host: x", "")));
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string({ unit: "binary" }),
        lines.map((each) => each.join("\r\n")),
      ),
      async (bytes) => {
        const socket = await connected(url);
        // A client that is refused while sending gets an error.
        socket
          .on("error", () => {})
          .resume()
          .end(`${bytes}\r\n\r\n`);
        await new Promise((resolve) => socket.once("close", resolve));
      },
    ),
    { numRuns: runs(100) },
  );
  expect((await ask(url)).status).toBe(200);
});

test("a scrape that had to wait for its turn has less time for callbacks, so that it succeeds too", async () => {
  quietDiag();
  const { scrape, meter } = timed({ scrapeTimeout: 2 });
  meter.createCounter("jobs").add(1);
  meter.createObservableGauge("stuck").addCallback(() => new Promise(() => {}));
  const both = Promise.all([scrape(""), scrape("?name[]=jobs_total")]);
  expect((await over(both)).map(({ status }) => status)).toEqual([200, 200]);
});

test("a resource detector that never finishes does not delay metrics beyond a short time-out", async () => {
  quietDiag();
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const resource = resourceFromAttributes({ "host.id": new Promise(() => {}) });
  const provider = new MeterProvider({ readers: [exporter], resource });
  provider.getMeter("s").createCounter("jobs").add(1);
  // A third of it is for the detector.
  const headers = { "x-prometheus-scrape-timeout-seconds": "4" };
  const response = await exporter.fetchHandler()(new Request("http://app/metrics", { headers }));
  expect(response.status).toBe(200);
  expect(await response.text()).toMatch(/^jobs_total\S* 1$/m);
});

test("scrapes that are not ready in time are logged once, whatever their time-out", async () => {
  const warn = quietDiag();
  const { url, provider } = await serving({ scrapeTimeout: 60 });
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  provider
    .getMeter("s")
    .createObservableGauge("stuck")
    .addCallback(() => opened);
  const first = ask(url, WAITS_A_MINUTE);
  for (const seconds of ["0.011", "0.012", "0.013"]) {
    const headers = { "x-prometheus-scrape-timeout-seconds": seconds };
    expect((await ask(`${url}?name[]=x`, { headers })).status).toBe(503);
  }
  open();
  await first;
  const messages = warn.mock.calls.map(([message]) => message);
  // Another test of this file may have logged it within the minute.
  expect(messages.filter((message) => message.startsWith("prometheus exporter:")).length).toBeLessThanOrEqual(
    1,
  );
});

test("too many names are refused", async () => {
  const { url } = await serving();
  const query = Array.from({ length: 101 }, (_, i) => `name[]=n${i}`).join("&");
  const { status, body } = await ask(`${url}?${query}`);
  expect([status, String(body)]).toEqual([400, "at most 100 values of name[] are accepted\n"]);
  expect((await ask(`${url}?name[]=`)).status).toBe(200);
});

test("waiting requests end when the provider shuts down, and later ones are refused without a stack", async () => {
  quietDiag();
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  const handler = exporter.fetchHandler();
  expect((await handler(new Request("http://app/"))).status).toBe(200);
  await provider.shutdown();
  const response = await handler(new Request("http://app/"));
  expect([response.status, await response.text()]).toEqual([
    500,
    "collecting the metrics failed; see the application's log\n",
  ]);
});

// An exporter whose time is advanced by `over`.
function timed(options: PrometheusExporterOptions) {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const exporter = new PrometheusExporter({ ...options, preventServerStart: true });
  const meter = new MeterProvider({ readers: [exporter], sdkMetricsEnabled: true }).getMeter("s");
  const handler = exporter.fetchHandler();
  const scrape = (query: string, seconds?: string): Promise<Response> =>
    handler(
      new Request(`http://app/metrics${query}`, {
        headers: seconds === undefined ? {} : { "x-prometheus-scrape-timeout-seconds": seconds },
      }),
    );
  return { scrape, meter };
}

// Advances time by ten milliseconds after each turn of the event loop, until the promise settles.
async function over<Result>(asking: Promise<Result>): Promise<Result> {
  const isOver = asking.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([isOver, setImmediate(false)]))) await vi.advanceTimersByTimeAsync(10);
  return asking;
}
