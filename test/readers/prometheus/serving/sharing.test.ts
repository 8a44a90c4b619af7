import { MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { expect, test, vi } from "vitest";
import { ask } from "./asking.ts";
import { serving } from "./serving.ts";
import { listening } from "../../../kit/listening.ts";

const OPEN_METRICS = { accept: "application/openmetrics-text;version=1.0.0" };

test("equal concurrent scrapes share one collection, compressed or not", async () => {
  const { url, gate, collections } = await gated();
  const scrapes = [ask(url), ask(url), ask(url, gzip()), ask(url, gzip())];
  await gate.reached();
  // All requests have arrived when the first collection is made.
  await vi.waitFor(() => expect(gate.asked()).toBe(4));
  gate.open();
  const replies = await Promise.all(scrapes);
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(replies[1]!.body.equals(replies[0]!.body)).toBe(true);
  expect(replies[3]!.body.equals(replies[2]!.body)).toBe(true);
  expect(collections()).toBe(1);
});

test("the next scrape is a new one", async () => {
  const { url, provider, gate, collections } = await gated();
  gate.open();
  const counter = provider.getMeter("s").createCounter("jobs");
  counter.add(1);
  expect(String((await ask(url)).body)).toMatch(/^jobs_total\S* 1$/m);
  counter.add(1);
  expect(String((await ask(url)).body)).toMatch(/^jobs_total\S* 2$/m);
  expect(collections()).toBe(2);
});

test("scrapes with other formats or names are collected one after the other, each completely", async () => {
  const { provider, url } = await serving();
  const counter = provider.getMeter("s").createCounter("jobs");
  for (let i = 0; i < 1_900; i++) counter.add(i, { index: i });
  provider.getMeter("s").createCounter("mails").add(7);
  const [text, openMetrics, jobs, mails, both] = await Promise.all([
    ask(url),
    ask(url, { headers: OPEN_METRICS }),
    ask(`${url}?name[]=jobs_total`),
    ask(`${url}?name[]=mails_total`),
    ask(`${url}?name[]=mails_total&name%5B%5D=jobs_total&debug=1`),
  ]);
  const linesOf = (body: Buffer, name: string) =>
    String(body)
      .split("\n")
      .filter((line) => line.startsWith(`${name}{`)).length;
  expect([text, openMetrics, jobs, mails, both].map(({ body }) => linesOf(body, "jobs_total"))).toEqual([
    1_900, 1_900, 1_900, 0, 1_900,
  ]);
  expect([text, openMetrics, jobs, mails, both].map(({ body }) => linesOf(body, "mails_total"))).toEqual([
    1, 1, 0, 1, 1,
  ]);
});

test("a body that is still being read keeps its bytes while others are made", async () => {
  const { provider, url } = await serving();
  const counter = provider.getMeter("s").createCounter("jobs");
  const text = "x".repeat(4_000);
  for (let i = 0; i < 1_500; i++) counter.add(1, { index: i, text });
  const slow = await fetch(url, { headers: { "accept-encoding": "identity" } });
  const reader = slow.body!.getReader();
  const chunks = [(await reader.read()).value!];
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 1_500; i++) counter.add(1, { index: i, text });
    expect(String((await ask(url)).body)).toContain(`"} ${round + 2}\n`);
  }
  for (let read = await reader.read(); !read.done; read = await reader.read()) chunks.push(read.value);
  const lines = String(Buffer.concat(chunks)).split("\n");
  const values = lines.filter((line) => line.startsWith("jobs_total{")).map((line) => line.split(" ").at(-1));
  expect(values.length).toBe(1_500);
  expect(new Set(values)).toEqual(new Set(["1"]));
});

test("a manual collection waits until the scrape is rendered", async () => {
  const { url, provider, exporter } = await serving();
  let collections = 0;
  const byHand: Promise<unknown>[] = [];
  const gauge = provider.getMeter("s").createObservableGauge("collection");
  gauge.addCallback((result) => {
    collections++;
    result.observe(collections);
    // Requested while the scrape is collected, and so before it is rendered.
    if (collections === 1) byHand.push(exporter.collect());
  });
  expect(String((await ask(url)).body)).toMatch(/^collection\{.*\} 1$/m);
  await Promise.all(byHand);
  expect(collections).toBe(2);
});

test("a scraper that disconnects does not affect others that share its body, and the last one ends the work", async () => {
  const { url, gate, collections } = await gated();
  const first = new AbortController();
  const second = new AbortController();
  const gone = [
    fetch(url, { signal: first.signal }).catch(() => "gone"),
    fetch(url, { signal: second.signal }).catch(() => "gone"),
  ];
  await gate.reached();
  await vi.waitFor(() => expect(gate.asked()).toBe(2));
  first.abort();
  const third = ask(url, gzip());
  await vi.waitFor(() => expect(gate.asked()).toBe(3));
  second.abort();
  expect(await Promise.all(gone)).toEqual(["gone", "gone"]);
  gate.open();
  expect((await third).status).toBe(200);
  expect(collections()).toBe(1);
});

function gzip() {
  return { headers: { "accept-encoding": "gzip" } };
}

// An endpoint, in a server of the test, whose collections wait for a gate.
async function gated() {
  let collections = 0;
  let asked = 0;
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  provider
    .getMeter("gate")
    .createObservableGauge("gate")
    .addCallback(async (result) => {
      collections++;
      await opened;
      result.observe(1);
    });
  const url = await listening((request, response) => {
    asked++;
    exporter.getMetricsRequestHandler(request, response);
  }, "/metrics");
  const reached = (): Promise<void> => vi.waitFor(() => expect(collections).toBe(1));
  return {
    exporter,
    provider,
    url,
    collections: () => collections,
    gate: { open, reached, asked: () => asked },
  };
}
