import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { createRequire } from "node:module";
import type { ConnectRouter, Interceptor, Transport } from "@connectrpc/connect";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { connectRpc as instrumented } from "../../../instrumentations/connectrpc/index.ts";
import { begin } from "../../../instrumentations/connectrpc/instrumentation.ts";
import { sumOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { calls } from "../rpc-figures.ts";
import { Cart } from "./cart.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
// Required after the instrumentation is enabled.
const connect: typeof import("@connectrpc/connect") = require("@connectrpc/connect");
const node: typeof import("@connectrpc/connect-node") = require("@connectrpc/connect-node");
instrumentation.disable();
const { Code, ConnectError, createClient } = connect;

const CART = "shop.v1.Cart";

const collecting = measured(instrumentation);

function routes(router: ConnectRouter, interceptors?: Interceptor[]): void {
  router.service(
    Cart,
    {
      async add({ value }, { signal }) {
        if (value === "none") throw new ConnectError("none", Code.NotFound);
        if (value === "defect") throw new RangeError("defect");
        if (value === "hang") {
          await once(signal, "abort");
          throw signal.reason;
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
        return { value };
      },
      async upload(messages) {
        let last = "";
        for await (const { value } of messages) last = value;
        return { value: last };
      },
      async *watch({ value }, { signal }) {
        yield { value };
        if (value === "hang") await once(signal, "abort");
        if (value === "lost") throw new ConnectError("lost", Code.DataLoss);
        yield { value };
      },
    },
    interceptors && { interceptors },
  );
}

async function listening(version: 1 | 2, interceptors?: Interceptor[]): Promise<number> {
  const handler = node.connectNodeAdapter({ routes: (router) => routes(router, interceptors) });
  const server = version === 1 ? createServer(handler) : createHttp2Server(handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

/** Reads a stream to its end; returns the number of its messages. */
async function read(stream: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of stream) count++;
  return count;
}

async function expectCalls(
  side: "client" | "server",
  expected: Readonly<Record<string, number>>,
): Promise<void> {
  await vi.waitFor(async () => expect(await calls(collecting, side)).toEqual(expected), 5_000);
}

interface Protocol {
  readonly system: "grpc" | "connectrpc";
  readonly version: 1 | 2;
  readonly transport: (baseUrl: string) => Transport;
}

const protocols: Readonly<Record<string, Protocol>> = {
  "Connect on HTTP/1.1": {
    system: "connectrpc",
    version: 1,
    transport: (baseUrl) => node.createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  },
  "Connect on HTTP/2": {
    system: "connectrpc",
    version: 2,
    transport: (baseUrl) => node.createConnectTransport({ baseUrl, httpVersion: "2" }),
  },
  gRPC: { system: "grpc", version: 2, transport: (baseUrl) => node.createGrpcTransport({ baseUrl }) },
  "gRPC-Web": {
    system: "grpc",
    version: 1,
    transport: (baseUrl) => node.createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  },
};

describe.each(Object.entries(protocols))("%s", (_, { system, version, transport }) => {
  const status = (name: string): string => (system === "grpc" ? name : name.toLowerCase());
  const ok = system === "grpc" ? " OK" : "";
  const called = (method: string, code?: string, isFailure = true): string => {
    const ending = code === undefined ? ok : ` ${status(code)}${isFailure ? ` ${status(code)}` : ""}`;
    return `${system} ${CART}/${method}${ending}`;
  };

  test("calls are recorded by method and code, on both sides", async () => {
    const port = await listening(version);
    const client = createClient(Cart, transport(`http://127.0.0.1:${port}`));
    expect(await client.add({ value: "apple" })).toMatchObject({ value: "apple" });
    await expect(client.add({ value: "none" })).rejects.toMatchObject({ code: Code.NotFound });
    await expect(client.add({ value: "defect" })).rejects.toMatchObject({ code: Code.Internal });
    await expect(client.drop({})).rejects.toMatchObject({ code: Code.Unimplemented });
    expect(await read(client.watch({ value: "all" }))).toBe(2);
    await expect(read(client.watch({ value: "lost" }))).rejects.toMatchObject({ code: Code.DataLoss });
    const common = {
      [called("Add")]: 1,
      [called("Add", "INTERNAL")]: 1,
      [called("Drop", "UNIMPLEMENTED")]: 1,
      [called("Watch")]: 1,
      [called("Watch", "DATA_LOSS")]: 1,
    };
    await expectCalls("client", { ...common, [called("Add", "NOT_FOUND")]: 1 });
    // The client is at fault.
    await expectCalls("server", { ...common, [called("Add", "NOT_FOUND", false)]: 1 });
    const attributes = {
      "rpc.system.name": system,
      "rpc.method": `${CART}/Add`,
      ...(system === "grpc" && { "rpc.status_code": "OK" }),
    };
    expect(sumOf(await collecting.point("rpc.server.call.duration", attributes))).toBeGreaterThan(0.015);
    const server = { "server.address": "127.0.0.1", "server.port": port };
    expect(
      sumOf(await collecting.point("rpc.client.call.duration", { ...attributes, ...server })),
    ).toBeGreaterThan(0.015);
  });

  test("deadlines, cancellations and unavailable servers have their codes", async () => {
    const client = createClient(Cart, transport(`http://127.0.0.1:${await listening(version)}`));
    // Long enough for the calls to reach the server, also on a busy machine.
    await expect(client.add({ value: "hang" }, { timeoutMs: 3_000 })).rejects.toMatchObject({
      code: Code.DeadlineExceeded,
    });
    const controller = new AbortController();
    const watching = read(client.watch({ value: "hang" }, { signal: controller.signal }));
    setTimeout(() => controller.abort(), 3_000);
    await expect(watching).rejects.toMatchObject({ code: Code.Canceled });
    const nowhere = createClient(Cart, transport("http://127.0.0.1:1"));
    await expect(nowhere.add({ value: "apple" })).rejects.toMatchObject({ code: Code.Unavailable });
    await expectCalls("client", {
      [called("Add", "DEADLINE_EXCEEDED")]: 1,
      [called("Watch", system === "grpc" ? "CANCELLED" : "CANCELED")]: 1,
      [called("Add", "UNAVAILABLE")]: 1,
    });
    await vi.waitFor(async () => {
      const served = await calls(collecting, "server");
      expect(Object.values(served)).toEqual([1, 1]);
      // The client disconnects at its deadline, which may be before that of the server.
      const ends = /\/(?:Add (?:cancell?ed|deadline_exceeded.*)|Watch cancell?ed)$/i;
      for (const name of Object.keys(served)) expect(name).toMatch(ends);
    }, 5_000);
  });
});

test("interceptors of a service and of its clients are called inside of ours", async () => {
  const seen: string[] = [];
  const note: Interceptor = (next) => async (request) => {
    const { typeName } = request.service;
    const response = await next(request);
    seen.push(`${typeName} ${response.stream ? "stream" : "message"}`);
    return response;
  };
  const baseUrl = `http://127.0.0.1:${await listening(1, [note])}`;
  const transport = node.createConnectTransport({ baseUrl, httpVersion: "1.1", interceptors: [note] });
  const client = createClient(Cart, transport);
  await client.add({ value: "apple" });
  async function* items(): AsyncGenerator<{ value: string }> {
    yield { value: "apple" };
    yield { value: "pear" };
  }
  const grpcWeb = createClient(Cart, node.createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }));
  expect(await grpcWeb.upload(items())).toMatchObject({ value: "pear" });
  expect(seen.toSorted()).toEqual([`${CART} message`, `${CART} message`, `${CART} stream`]);
  const expected = { [`connectrpc ${CART}/Add`]: 1, [`grpc ${CART}/Upload OK`]: 1 };
  await expectCalls("client", expected);
  await expectCalls("server", expected);
});

test("a stream that its client stops reading is recorded for its server alone", async () => {
  const transport = node.createConnectTransport({
    baseUrl: `http://127.0.0.1:${await listening(1)}`,
    httpVersion: "1.1",
  });
  for await (const _ of createClient(Cart, transport).watch({ value: "all" })) break;
  await expectCalls("server", { [`connectrpc ${CART}/Watch`]: 1 });
  await expectCalls("client", {});
});

test("while it is disabled, nothing is recorded", async () => {
  const baseUrl = `http://127.0.0.1:${await listening(1)}`;
  const client = createClient(Cart, node.createConnectTransport({ baseUrl, httpVersion: "1.1" }));
  instrumentation.disable();
  await client.add({ value: "apple" });
  instrumentation.enable();
  await client.add({ value: "apple" });
  await expectCalls("client", { [`connectrpc ${CART}/Add`]: 1 });
  await expectCalls("server", { [`connectrpc ${CART}/Add`]: 1 });
});
