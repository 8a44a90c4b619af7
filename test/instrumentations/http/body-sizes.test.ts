// Option `bodySizes`.
import { once } from "node:events";
import { IncomingMessage, OutgoingMessage, request, type RequestOptions } from "node:http";
import { connect } from "node:net";
import { createServer as createServer2, type OutgoingHttpHeaders } from "node:http2";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip, gzipSync } from "node:zlib";
import { fetch as undiciFetch } from "undici";
import { expect, test, vi } from "vitest";
import { countOf, sumOf } from "../histogram-figures.ts";
import { ask as ask2, opened } from "./http2-figures.ts";
import { collecting, instrumentation, serve, url, use } from "./measured-server.ts";

const CHUNKS = ["größe", Buffer.alloc(1_000)] as const;
const CHUNKS_BYTES = 1_007;
let held = 0;

serve(
  (incoming, response) => {
    if (incoming.url === "/echo") incoming.pipe(response);
    else if (incoming.url === "/held") incoming.on("data", (chunk: Buffer) => (held += chunk.length));
    else if (incoming.url === "/latin1") response.end("größe", "latin1");
    else if (incoming.url === "/unmodified") response.writeHead(304, { "content-length": "500" }).end("none");
    else if (incoming.url === "/lost") incoming.once("data", () => incoming.socket.destroy());
    else if (incoming.url === "/unread") response.end();
    else if (incoming.url === "/zipped")
      void pipeline(Readable.from([Buffer.alloc(9_000)]), createGzip(), response);
    else {
      for (const chunk of CHUNKS) response.write(chunk);
      response.end();
    }
  },
  { bodySizes: true },
);

async function ask(path: string, options: RequestOptions = {}, ...chunks: readonly unknown[]): Promise<void> {
  const asked = request(url + path, { agent: false, ...options });
  for (const chunk of chunks) asked.write(chunk);
  asked.end();
  const [response] = await once(asked, "response");
  await once(response.resume(), "end");
}

/** Expects the sum of the sizes of each body, once `count` of each were recorded; those that are `undefined` were not. */
async function expectSizes(expected: Readonly<Record<string, number | undefined>>, count = 1): Promise<void> {
  await vi.waitFor(async () => {
    const found: Record<string, unknown> = {};
    for (const name of Object.keys(expected)) {
      const points = await collecting.points(`http.${name}.body.size`);
      if (points.length > 0) found[name] = points.reduce((sum, { value }) => sum + sumOf(value)!, 0);
      expect(points.reduce((sum, { value }) => sum + countOf(value)!, 0)).toBe(
        expected[name] === undefined ? 0 : count,
      );
    }
    expect(found).toEqual(expected);
  });
}

function both(ofRequest: number, ofResponse: number): Readonly<Record<string, number>> {
  return {
    "server.request": ofRequest,
    "server.response": ofResponse,
    "client.request": ofRequest,
    "client.response": ofResponse,
  };
}

test.each([
  ["in chunks", "/", {}, [], 0, CHUNKS_BYTES],
  ["that were received", "/echo", { method: "POST" }, CHUNKS, CHUNKS_BYTES, CHUNKS_BYTES],
  ["of a known length", "/unread", { method: "PUT", headers: { "content-length": 5 } }, ["12345"], 5, 0],
  ["in another encoding", "/latin1", {}, [], 0, 5],
  ["of HEAD", "/", { method: "HEAD" }, [], 0, 0],
  ["of a status without one", "/unmodified", {}, [], 0, 0],
  ["as they are sent", "/zipped", {}, [], 0, gzipSync(Buffer.alloc(9_000)).length],
] as const)("sizes are those of bodies %s", async (_, path, options, chunks, ofRequest, ofResponse) => {
  await ask(path, options, ...chunks);
  await expectSizes(both(ofRequest, ofResponse));
});

test("a body that is cut off has the bytes that arrived, whatever length was announced", async () => {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write("POST /held HTTP/1.1\r\nhost: shop\r\ncontent-length: 999999999999999\r\n\r\n12345");
  await vi.waitFor(async () => expect(held).toBe(5));
  socket.destroy();
  await expectSizes({ "server.request": 5 });
});

test("sizes have the attributes of the durations", async () => {
  await ask("/");
  for (const side of ["server", "client"] as const) {
    const attributes = async (name: string): Promise<unknown> =>
      (await collecting.points(`http.${side}.${name}`)).map((point) => point.attributes);
    await vi.waitFor(async () => expect(await attributes("request.duration")).toHaveLength(1));
    const expected = await attributes("request.duration");
    expect([await attributes("request.body.size"), await attributes("response.body.size")]).toEqual([
      expected,
      expected,
    ]);
  }
});

test.each([
  ["fetch", fetch],
  ["undici", undiciFetch],
])("sizes of %s are announced or counted", async (_, send) => {
  await (await send(`${url}/echo`, { method: "POST", body: "12345" })).text();
  // Older versions do not publish the chunks of a response without a length.
  const { "client.response": _counted, ...certain } = both(5, 5);
  await expectSizes(certain);
});

test("sizes of HTTP/2 are announced or counted", async () => {
  const server2 = createServer2((incoming, response) => {
    if (incoming.url === "/echo") incoming.pipe(response);
    else {
      response.write(CHUNKS[0]);
      response.end(CHUNKS[1]);
    }
  });
  const { session } = await opened(server2);
  const send = async (path: string, headers: OutgoingHttpHeaders, body = ""): Promise<void> => {
    const stream = session.request({ ":path": path, ...headers });
    stream.resume().end(body);
    await once(stream, "close");
  };
  await send("/echo", { ":method": "POST" }, "größe");
  await expectSizes(both(7, 7));
  await ask2(session, "/");
  await expectSizes(both(7, 7 + CHUNKS_BYTES), 2);
  await ask2(session, "/", { ":method": "HEAD" });
  await expectSizes(both(7, 7 + CHUNKS_BYTES), 3);
  session.destroy();
  server2.close();
});

test("a request without a response has the size of what was sent", async () => {
  const asked = request(`${url}/lost`, { method: "POST", agent: false });
  asked.on("error", () => {}).write("1234");
  await new Promise((resolve) => void asked.on("close", resolve));
  await expectSizes({ "server.request": 4, "client.request": 4, "client.response": undefined });
});

test("nothing is recorded, and nothing replaced, by default", async () => {
  instrumentation.disable();
  const methods = (): readonly unknown[] => [
    Object.hasOwn(IncomingMessage.prototype, "push"),
    Reflect.get(OutgoingMessage.prototype, "write"),
    Reflect.get(OutgoingMessage.prototype, "end"),
  ];
  const before = methods();
  use({});
  expect(methods()).toEqual(before);
  await ask("/");
  await vi.waitFor(async () => expect(await collecting.points("http.server.requests")).toHaveLength(1));
  expect(await collecting.points("http.server.response.body.size")).toEqual([]);
});
