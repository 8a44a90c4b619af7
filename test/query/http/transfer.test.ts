// Transfer of requests and responses: compression, methods, slow bodies, unknown paths.
import { createConnection } from "node:net";
import { gunzipSync } from "node:zlib";
import { request } from "node:http";
import { expect, test } from "vitest";
import { served } from "./served.ts";

const LONG = "series?match[]={__name__!=''}";

test("a long response is compressed for clients that accept gzip", async () => {
  const { telemetry, url } = await served();
  for (let i = 0; i < 100; i++) telemetry.messaging.sent(`queue ${i}`);
  await telemetry.query("1");
  const plain = await received(`${url}/api/v1/${LONG}`, { "accept-encoding": "identity" });
  const packed = await received(`${url}/api/v1/${LONG}`, { "accept-encoding": "gzip, deflate, br" });
  expect(plain.headers["content-encoding"]).toBeUndefined();
  expect(packed.headers).toMatchObject({
    "content-encoding": "gzip",
    "content-type": "application/json",
    "content-length": String(packed.body.length),
    vary: "accept-encoding",
  });
  expect(packed.body.length).toBeLessThan(plain.body.length / 5);
  expect(gunzipSync(packed.body).toString()).toBe(plain.body.toString());
});

test("a short response is not compressed, and none is if gzip is refused", async () => {
  const { telemetry, url } = await served();
  for (let i = 0; i < 100; i++) telemetry.messaging.sent(`queue ${i}`);
  const short = await received(`${url}/api/v1/query?query=1`, { "accept-encoding": "gzip" });
  const refused = await received(`${url}/api/v1/${LONG}`, { "accept-encoding": "gzip;q=0, br" });
  expect([short, refused].map(({ headers }) => headers["content-encoding"])).toEqual([undefined, undefined]);
});

test("HEAD has the headers of GET without the body", async () => {
  const { url } = await served();
  const asked = `${url}/api/v1/query?query=1&time=5`;
  const [head, get] = [await fetch(asked, { method: "HEAD" }), await fetch(asked)];
  expect([head.status, get.status]).toEqual([200, 200]);
  expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"));
  expect(await head.text()).toBe("");
});

test.each(["", "nothing", "query/", "query/x", "label", "label//values", "label/a/b/values", "status/tsdb"])(
  "path /api/v1/%s is a JSON error of status 404",
  async (path) => {
    const { url } = await served();
    const response = await fetch(`${url}/api/v1/${path}`);
    const body: unknown = JSON.parse(await response.text());
    expect([response.status, response.headers.get("content-type"), body]).toEqual([
      404,
      "application/json",
      {
        status: "error",
        errorType: "not_found",
        error: expect.stringMatching(/^\/api\/v1\/.* is not served/),
      },
    ]);
  },
);

test("a body that does not arrive gets status 408, and its connection is closed", async () => {
  const { url } = await served();
  const { hostname, port } = new URL(url);
  const socket = createConnection(Number(port), hostname);
  socket.write(
    "POST /api/v1/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nquery=1",
  );
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  expect(text).toMatch(/^HTTP\/1\.1 408 .*connection: close.*the body must arrive within 4 seconds/is);
});

// `fetch` would unpack the body.
function received(url: string, headers: Record<string, string>) {
  return new Promise<{ headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    const sent = request(url, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    });
    sent.on("error", reject).end();
  });
}
