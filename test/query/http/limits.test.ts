import { request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { QueryApi } from "../../../src/query/http/api.ts";
import { seriesOf } from "../../../src/query/http/label-answers.ts";
import { GivenSource, sampleSourceOf } from "../../../src/query/given-source.ts";
import type { SampleSeries, Source } from "../../../src/query/source.ts";
import { heldBytes } from "../../engine/memory.ts";
import { serveSource } from "./served-source.ts";

test("a fifth request gets status 503 while four are in progress", async () => {
  const held = heldSource();
  const url = await servedSource(held.source);
  const running = Array.from({ length: 4 }, () => fetch(`${url}query?query=x`));
  await held.selected(4);
  const fifth = await fetch(`${url}query?query=x`);
  expect(fifth.status).toBe(503);
  expect(await fifth.json()).toEqual({
    status: "error",
    errorType: "unavailable",
    error: "4 requests are in progress already; try again later",
  });
  held.release();
  for (const response of await Promise.all(running)) expect(response.status).toBe(200);
  expect((await fetch(`${url}query?query=x`)).status).toBe(200);
});

test("bodies that are not finished take none of the four places", async () => {
  const held = heldSource();
  held.release();
  const url = await servedSource(held.source);
  const slow = Array.from({ length: 4 }, () => unfinished(`${url}query`));
  // Wait for the server to ask for the bodies.
  await Promise.all(slow.map(({ asked }) => asked));
  expect((await fetch(`${url}query?query=x`)).status).toBe(200);
  for (const { end } of slow) end();
});

test("a query that takes longer than its timeout gets status 503, and the signal of its source is aborted", async () => {
  const held = heldSource();
  const url = await servedSource(held.source);
  const response = await fetch(`${url}query?query=x&timeout=20ms`);
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    status: "error",
    errorType: "timeout",
    error: "query timed out in query execution",
  });
  expect(held.aborted()).toBe(1);
});

test("a source that is never ready delays only the paths that read samples, until their timeout", async () => {
  const ready = (): Promise<void> => new Promise(() => {});
  const url = await servedSource(new GivenSource({ async *select() {} }, { ready }));
  for (const path of ["status/buildinfo", "rules", "alerts", "format_query?query=x"])
    expect((await fetch(url + path)).status).toBe(200);
  expect((await fetch(`${url}nothing`)).status).toBe(404);
  for (const path of ["query?query=x", "series?match[]=x", "labels?", "label/job/values?", "metadata?"])
    expect((await fetch(`${url}${path}&timeout=20ms`)).status).toBe(503);
});

test("selectors are refused beyond 100 of them, or 10,000 characters", async () => {
  const url = await servedSource({ async *select() {} });
  const errorFor = async (selectors: readonly string[]): Promise<string | undefined> => {
    const body = new URLSearchParams();
    for (const each of selectors) body.append("match[]", each);
    const response = await fetch(`${url}series`, { method: "POST", body });
    const answer: { error?: string } = JSON.parse(await response.text());
    return answer.error;
  };
  expect(await errorFor(Array.from({ length: 100 }, () => "x"))).toBeUndefined();
  expect(await errorFor(Array.from({ length: 101 }, () => "x"))).toBe(
    'invalid parameter "match[]": more than 100 selectors; ask for fewer at once',
  );
  expect(await errorFor(["x".repeat(5_000), "y".repeat(5_001)])).toBe(
    'invalid parameter "match[]": longer than 10000 characters in all; write shorter selectors',
  );
});

test("the time-out of a request ends between two selectors", async () => {
  let count = 0;
  const end = new AbortController();
  const source: Source = {
    async *select() {
      count++;
      end.abort();
      yield* [];
    },
  };
  const selection = { selectors: [[], []], from: 0, to: 1, signal: end.signal };
  await expect(seriesOf(sampleSourceOf(source), selection)).rejects.toThrow("aborted");
  expect(count).toBe(1);
});

test("an aborted request ends its query and frees its place", async () => {
  const held = heldSource();
  const url = await servedSource(held.source);
  for (let round = 1; round <= 5; round++) {
    const controller = new AbortController();
    const response = fetch(`${url}query?query=x`, { signal: controller.signal });
    await held.selected(round);
    controller.abort();
    await expect(response).rejects.toThrow("aborted");
  }
  await expect.poll(held.aborted).toBe(5);
  held.release();
  expect((await fetch(`${url}query?query=x`)).status).toBe(200);
});

test("too many samples are an execution error of status 422", async () => {
  const times = Float64Array.from({ length: 1_000_000 }, (_, i) => i);
  const source: Source = {
    async *select() {
      for (let id = 0; id < 6; id++)
        yield { labels: { __name__: "x", id: String(id) }, times, values: times };
    },
  };
  const response = await fetch(`${await servedSource(source)}query?query=x&time=1000`);
  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({ errorType: "execution" });
});

test("a source that fails in the middle is an internal error of status 500, without a stack", async () => {
  const source: Source = {
    async *select() {
      yield { labels: { __name__: "x" }, times: Float64Array.of(1), values: Float64Array.of(1) };
      throw new Error("the disk is gone");
    },
  };
  const response = await fetch(`${await servedSource(source)}query?query=x&time=1`);
  expect(response.status).toBe(500);
  const body = await response.text();
  expect(body).toContain("the disk is gone");
  expect(body).not.toContain("at ");
});

test("a large answer arrives whole", async () => {
  const times = Float64Array.from({ length: 10_000 }, (_, i) => i * 1_000);
  const source: Source = {
    async *select() {
      for (let id = 0; id < 50; id++)
        yield { labels: { __name__: "x", id: String(id) }, times, values: times };
    },
  };
  const url = await servedSource(source);
  const response = await fetch(`${url}query_range?query=x&start=0&end=9999&step=1`);
  const { data }: { data: { result: { values: [number, string][] }[] } } = JSON.parse(await response.text());
  expect(data.result).toHaveLength(50);
  expect(data.result[49]?.values).toHaveLength(10_000);
  expect(data.result[49]?.values.at(-1)).toEqual([9_999, "9999000"]);
});

test("a response has ten warnings and ten infos, and the number of the others", async () => {
  const samples = { times: Float64Array.of(0, 30_000), values: Float64Array.of(1, 2) };
  const source: Source = {
    async *select() {
      for (let i = 0; i < 30; i++) yield { labels: { __name__: `x${i}`, le: `none ${i}` }, ...samples };
    },
  };
  const text = 'histogram_quantile(0.5, {le!=""}) or rate({le!=""}[1m])';
  const url = await servedSource(source);
  const response = await fetch(`${url}query?time=30&query=${encodeURIComponent(text)}`);
  const { warnings, infos }: { warnings?: string[]; infos?: string[] } = JSON.parse(await response.text());
  expect(warnings).toHaveLength(11);
  expect(warnings?.[9]).toContain("none 9");
  expect(warnings?.[10]).toBe("20 more warning annotations omitted");
  expect(infos).toHaveLength(11);
  expect(infos?.[10]).toBe("20 more info annotations omitted");
});

test("a response of many samples takes little more memory than its bytes", async () => {
  const api = new QueryApi({ source: () => sampleSourceOf({ async *select() {} }), version: "1.2.3" });
  const parameters = new URLSearchParams({ query: "time()", start: "0.001", end: "9999", step: "1" });
  const ask = () => api.answer({ path: "query_range", parameters, signal: AbortSignal.timeout(30_000) });
  await ask();
  const before = await heldBytes();
  const answers = await Promise.all(Array.from({ length: 20 }, ask));
  const held = (await heldBytes()) - before;
  const bytes = answers.flatMap(({ chunks }) => chunks).reduce((sum, { length }) => sum + length, 0);
  expect(bytes).toBeGreaterThan(4e6);
  expect(held).toBeLessThan(2 * bytes);
});

async function servedSource(source: Source): Promise<string> {
  const { url, close } = await serveSource(source);
  onTestFinished(close);
  return `${url}/api/v1/`;
}

// A request whose body does not end. `asked` resolves once the server has read its head.
function unfinished(url: string) {
  const sent = request(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "content-length": "1000",
      expect: "100-continue",
    },
  });
  sent.on("error", () => {});
  sent.flushHeaders();
  return {
    asked: new Promise<void>((resolve) => void sent.once("continue", () => resolve())),
    end: () => void sent.destroy(),
  };
}

// A source whose selections wait until they are released or aborted.
function heldSource() {
  let [count, aborted] = [0, 0];
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const source: Source = {
    async *select({ signal }): AsyncGenerator<SampleSeries> {
      count++;
      signal?.addEventListener("abort", () => {
        if (!isReleased) aborted++;
      });
      const end = new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
      await Promise.race([released, end]);
      yield* [];
    },
  };
  let isReleased = false;
  return {
    source,
    release(): void {
      isReleased = true;
      release();
    },
    aborted: () => aborted,
    selected: (wanted: number) => expect.poll(() => count, { timeout: 5_000 }).toBe(wanted),
  };
}
