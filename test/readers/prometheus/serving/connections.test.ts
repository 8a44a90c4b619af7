import { once } from "node:events";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { ask, askRaw, connected } from "./asking.ts";
import { serving } from "./serving.ts";

test("pipelined requests are served in order, each completely", async () => {
  const { url, provider } = await serving();
  const counter = provider.getMeter("s").createCounter("jobs");
  for (let i = 0; i < 1_900; i++) counter.add(1, { index: i, text: "x".repeat(500) });
  const asked = (method: string, path: string, header = "") =>
    `${method} ${path} HTTP/1.1\r\nhost: localhost\r\n${header}\r\n`;
  const answer = await askRaw(
    url,
    asked("GET", "/metrics") +
      asked("HEAD", "/metrics") +
      asked("GET", "/nowhere") +
      asked("GET", "/metrics?name[]=jobs_total", "connection: close\r\n"),
  );
  expect(answer.match(/^HTTP\/1\.1 \d+/gm)).toEqual(
    [200, 200, 404, 200].map((status) => `HTTP/1.1 ${status}`),
  );
  expect(answer.match(/^jobs_total\{/gm)).toHaveLength(2 * 1_900);
  expect(answer.match(/^# TYPE target_info/gm)).toHaveLength(1);
});

test("a client that disconnects in the middle of a body frees its place, and others receive complete bodies", async () => {
  const { url, provider } = await serving({ maxConcurrentScrapes: 5 });
  const counter = provider.getMeter("s").createCounter("jobs");
  // More than the buffers of the system hold.
  for (let i = 0; i < 1_900; i++) counter.add(1, { index: i, text: "x".repeat(8_000) });
  const whole = await ask(url);
  for (let round = 0; round < 3; round++) {
    const gone = await connected(url);
    gone.write("GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n");
    await once(gone, "data");
    gone.pause();
    const other = ask(url);
    gone.destroy();
    const { status, body } = await other;
    expect([status, body.equals(whole.body)]).toEqual([200, true]);
  }
  const asked = Array.from({ length: 5 }, () => `${url}?name[]=target_info`);
  await expect
    .poll(async () => (await Promise.all(asked.map((each) => ask(each)))).map(({ status }) => status))
    .toEqual(asked.map(() => 200));
});

test.each(["gzip", "identity"])(
  "HEAD has the headers of GET, in %s, also without metrics",
  async (encoding) => {
    const { url } = await serving({ withoutTargetInfo: true });
    const headers = { "accept-encoding": encoding };
    const get = await ask(url, { headers });
    const head = await ask(url, { headers, method: "HEAD" });
    expect({ ...head.headers, date: "" }).toEqual({ ...get.headers, date: "" });
    expect(head.body).toHaveLength(0);
    expect(get.headers["content-length"]).toBe(String(get.body.length));
    expect(encoding === "gzip" ? gunzipSync(get.body) : get.body).toHaveLength(0);
  },
);
