import { createRequire } from "node:module";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { grpcJs as instrumented } from "../../../instrumentations/grpc-js/index.ts";
import { begin } from "../../../instrumentations/grpc-js/instrumentation.ts";
import { serverFromTarget } from "../../../instrumentations/shared/requested-servers.ts";
import { sumOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { calls } from "../rpc-figures.ts";

type Grpc = typeof import("@grpc/grpc-js");
type Client = InstanceType<Grpc["Client"]>;
type Otlp = typeof import("@opentelemetry/exporter-metrics-otlp-proto");

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
// Required after the instrumentation is enabled.
const grpc: Grpc = require("@grpc/grpc-js");
const nice: typeof import("nice-grpc") = require("nice-grpc");
// A dependency of OpenTelemetry's SDK, with the same class as the one over HTTP.
const EXPORTER = "@opentelemetry/exporter-metrics-otlp-grpc";
const { OTLPMetricExporter }: Pick<Otlp, "OTLPMetricExporter"> = require(EXPORTER);
instrumentation.disable();
const interceptors: Readonly<
  Record<string, unknown>
> = require("@grpc/grpc-js/build/src/client-interceptors.js");
const untouched = interceptors["getInterceptingCall"];

const CART = "shop.v1.Cart";
const { INVALID_ARGUMENT, DATA_LOSS, CANCELLED } = grpc.status;

interface Method<RequestStream, ResponseStream> {
  readonly path: string;
  readonly requestStream: RequestStream;
  readonly responseStream: ResponseStream;
  readonly requestSerialize: typeof toBytes;
  readonly requestDeserialize: typeof fromBytes;
  readonly responseSerialize: typeof toBytes;
  readonly responseDeserialize: typeof fromBytes;
}

function method<RequestStream, ResponseStream>(
  name: string,
  requestStream: RequestStream,
  responseStream: ResponseStream,
): Method<RequestStream, ResponseStream> {
  return {
    path: `/${CART}/${name}`,
    requestStream,
    responseStream,
    requestSerialize: toBytes,
    requestDeserialize: fromBytes,
    responseSerialize: toBytes,
    responseDeserialize: fromBytes,
  };
}

const service = {
  Add: method<false, false>("Add", false, false),
  Upload: method<true, false>("Upload", true, false),
  Watch: method<false, true>("Watch", false, true),
  Chat: method<true, true>("Chat", true, true),
};

function toBytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function fromBytes(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString());
}

const add: import("@grpc/grpc-js").handleUnaryCall<unknown, unknown> = ({ request }, reply) => {
  if (request === "hang") return;
  if (request === "refuse") reply({ code: INVALID_ARGUMENT, details: "as told" });
  else setTimeout(() => reply(null, request), 20);
};
const upload: import("@grpc/grpc-js").handleClientStreamingCall<unknown, unknown> = (call, reply) => {
  let count = 0;
  call.on("data", () => count++);
  call.on("end", () => reply(null, count));
};
const watch: import("@grpc/grpc-js").handleServerStreamingCall<unknown, unknown> = (call) => {
  call.write(1);
  if (call.request === "fail") call.emit("error", { code: DATA_LOSS, details: "lost" });
  else if (call.request !== "hang") call.end();
};
const chat: import("@grpc/grpc-js").handleBidiStreamingCall<unknown, unknown> = (call) => {
  call.on("data", (value: unknown) => void call.write(value));
  call.on("end", () => call.end());
};

const collecting = measured(instrumentation);

async function listening(channelz: 0 | 1 = 1): Promise<number> {
  const server = new grpc.Server({ "grpc.enable_channelz": channelz });
  server.addService(service, { Add: add, Upload: upload, Watch: watch, Chat: chat });
  onTestFinished(() => server.forceShutdown());
  return bound(server);
}

function bound(server: InstanceType<Grpc["Server"]>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

function clientOf(port: number): Client {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  onTestFinished(() => client.close());
  return client;
}

/** Calls a unary method; resolves with the status code. */
function unary(client: Client, request: unknown, options = {}, path = `/${CART}/Add`): Promise<number> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, toBytes, fromBytes, request, new grpc.Metadata(), options, (error) =>
      resolve(error?.code ?? grpc.status.OK),
    );
  });
}

/** Reads a stream to its end; resolves with the status code. */
function ended(stream: NodeJS.ReadableStream): Promise<number> {
  return new Promise((resolve) => {
    stream.on("data", () => {});
    stream.on("error", () => {});
    stream.on("status", ({ code }: { readonly code: number }) => resolve(code));
  });
}

async function expectCalls(
  side: "client" | "server",
  expected: Readonly<Record<string, number>>,
): Promise<void> {
  await vi.waitFor(async () => expect(await calls(collecting, side)).toEqual(expected));
}

describe.each([
  ["with", 1],
  ["without", 0],
] as const)("%s channelz", (_, channelz) => {
  test("calls of each kind are recorded by method and status, on both sides", async () => {
    const port = await listening(channelz);
    const client = clientOf(port);
    await unary(client, "apple");
    await unary(client, "refuse");
    const uploaded = new Promise((resolve) => {
      const stream = client.makeClientStreamRequest(`/${CART}/Upload`, toBytes, fromBytes, (__, count) =>
        resolve(count),
      );
      stream.write(1);
      stream.end();
    });
    expect(await uploaded).toBe(1);
    await ended(client.makeServerStreamRequest(`/${CART}/Watch`, toBytes, fromBytes, "all"));
    expect(await ended(client.makeServerStreamRequest(`/${CART}/Watch`, toBytes, fromBytes, "fail"))).toBe(
      DATA_LOSS,
    );
    const chatting = client.makeBidiStreamRequest(`/${CART}/Chat`, toBytes, fromBytes);
    chatting.end("hello");
    await ended(chatting);
    const common = {
      [`grpc ${CART}/Add OK`]: 1,
      [`grpc ${CART}/Upload OK`]: 1,
      [`grpc ${CART}/Watch OK`]: 1,
      [`grpc ${CART}/Watch DATA_LOSS DATA_LOSS`]: 1,
      [`grpc ${CART}/Chat OK`]: 1,
    };
    await expectCalls("client", { ...common, [`grpc ${CART}/Add INVALID_ARGUMENT INVALID_ARGUMENT`]: 1 });
    // The client is at fault.
    await expectCalls("server", { ...common, [`grpc ${CART}/Add INVALID_ARGUMENT`]: 1 });
    const attributes = { "rpc.system.name": "grpc", "rpc.method": `${CART}/Add`, "rpc.status_code": "OK" };
    expect(sumOf(await collecting.point("rpc.server.call.duration", attributes))).toBeGreaterThan(0.015);
    const server = { "server.address": "127.0.0.1", "server.port": port };
    expect(
      sumOf(await collecting.point("rpc.client.call.duration", { ...attributes, ...server })),
    ).toBeGreaterThan(0.015);
  });

  test("deadlines, cancellations and unavailable servers have their statuses", async () => {
    const port = await listening(channelz);
    const client = clientOf(port);
    // Long enough for the call to reach the server, also on a busy machine.
    await unary(client, "hang", { deadline: Date.now() + 3_000 });
    const watching = client.makeServerStreamRequest(`/${CART}/Watch`, toBytes, fromBytes, "hang");
    watching.once("data", () => watching.cancel());
    expect(await ended(watching)).toBe(CANCELLED);
    await unary(clientOf(1), "apple");
    await expectCalls("client", {
      [`grpc ${CART}/Add DEADLINE_EXCEEDED DEADLINE_EXCEEDED`]: 1,
      [`grpc ${CART}/Watch CANCELLED CANCELLED`]: 1,
      [`grpc ${CART}/Add UNAVAILABLE UNAVAILABLE`]: 1,
    });
    await vi.waitFor(async () => {
      const served = await calls(collecting, "server");
      // The client cancels at its deadline, at the same time as the server.
      const late = [`grpc ${CART}/Add DEADLINE_EXCEEDED DEADLINE_EXCEEDED`, `grpc ${CART}/Add CANCELLED`];
      expect(late.map((name) => served[name])).toContain(1);
      expect(served).toMatchObject({ [`grpc ${CART}/Watch CANCELLED`]: 1 });
    });
  });

  test("methods that the server does not know are one", async () => {
    const client = clientOf(await listening(channelz));
    for (const name of ["Drop", "Drop/2", "Delete"]) await unary(client, 1, {}, `/${CART}/${name}`);
    const unknown = "grpc _OTHER UNIMPLEMENTED UNIMPLEMENTED";
    await expectCalls("server", { [unknown]: 3 });
    await expectCalls("client", {
      [`grpc ${CART}/Drop UNIMPLEMENTED UNIMPLEMENTED`]: 1,
      [`grpc ${CART}/Delete UNIMPLEMENTED UNIMPLEMENTED`]: 1,
      [unknown]: 1,
    });
  });
});

test("of a client's methods, the first 500 are named", async () => {
  const client = clientOf(1);
  await Promise.all(Array.from({ length: 502 }, (_, i) => unary(client, 1, {}, `/${CART}/M${i}`)));
  const recorded = await calls(collecting, "client");
  expect(Object.keys(recorded)).toHaveLength(501);
  expect(recorded).toMatchObject({ "grpc _OTHER UNAVAILABLE UNAVAILABLE": 2 });
});

test("invalid statuses and metadata that throws do the same as without the instrumentation", async () => {
  const server = new grpc.Server();
  const rubbish = Object.assign(new Error("none"), { code: "none" });
  server.addService({ Add: service.Add }, { Add: (_: unknown, reply: Function) => void reply(rubbish) });
  onTestFinished(() => server.forceShutdown());
  const port = await bound(server);
  const metadata = new grpc.Metadata();
  metadata.clone = () => {
    throw new TypeError("not to be copied");
  };
  const outcomes = async (): Promise<unknown> => {
    const client = clientOf(port);
    const thrown = await new Promise((resolve) => {
      client.makeUnaryRequest(`/${CART}/Add`, toBytes, fromBytes, 1, metadata, (error) =>
        resolve(error?.code),
      );
    }).catch(String);
    return [thrown, await unary(client, 1)];
  };
  instrumentation.disable();
  const untold = await outcomes();
  instrumentation.enable();
  expect(await outcomes()).toEqual(untold);
  await expectCalls("server", { [`grpc ${CART}/Add UNKNOWN UNKNOWN`]: 1 });
});

test("nice-grpc is measured through the package", async () => {
  const server = nice.createServer();
  const { Add, Watch } = service;
  server.add(
    { Add, Watch },
    {
      Add: async (request: unknown) => {
        if (JSON.stringify(request).includes("none"))
          throw new nice.ServerError(nice.Status.NOT_FOUND, "none");
        return request;
      },
      async *Watch() {
        yield { item: "apple" };
      },
    },
  );
  const port = await server.listen("127.0.0.1:0");
  onTestFinished(() => server.forceShutdown());
  const channel = nice.createChannel(`127.0.0.1:${port}`);
  onTestFinished(() => channel.close());
  const client = nice.createClient({ Add, Watch }, channel);
  expect(await client.Add({ item: "apple" })).toEqual({ item: "apple" });
  await expect(client.Add({ item: "none" })).rejects.toThrow("NOT_FOUND");
  for await (const value of client.Watch({})) expect(value).toEqual({ item: "apple" });
  await expectCalls("server", {
    [`grpc ${CART}/Add OK`]: 1,
    [`grpc ${CART}/Add NOT_FOUND`]: 1,
    [`grpc ${CART}/Watch OK`]: 1,
  });
  await expectCalls("client", {
    [`grpc ${CART}/Add OK`]: 1,
    [`grpc ${CART}/Add NOT_FOUND NOT_FOUND`]: 1,
    [`grpc ${CART}/Watch OK`]: 1,
  });
});

test("the exports of OpenTelemetry's SDK are not calls of the application", async () => {
  const port = await listening();
  const { resource } = await collecting.collect();
  const exporter = new OTLPMetricExporter({ url: `http://127.0.0.1:${port}` });
  const result = await new Promise((resolve) => exporter.export({ resource, scopeMetrics: [] }, resolve));
  await exporter.shutdown();
  expect(result).toMatchObject({ error: { code: grpc.status.UNIMPLEMENTED } });
  await expectCalls("client", {});
});

test("the server of a target has an address and a port", () => {
  const servers = {
    "dns:shop.example:443": { address: "shop.example", port: 443 },
    "dns://8.8.8.8/shop.example:443": { address: "shop.example", port: 443 },
    "dns:shop.example": { address: "shop.example", port: undefined },
    "ipv6:[::1]:50051": { address: "::1", port: 50_051 },
    "ipv4:10.0.0.1:80,10.0.0.2:80": { address: "10.0.0.1:80,10.0.0.2:80", port: undefined },
    "unix:///run/shop.sock": { address: "/run/shop.sock", port: undefined },
    "unix:shop.sock": { address: "shop.sock", port: undefined },
  };
  for (const [target, server] of Object.entries(servers)) expect(serverFromTarget(target)).toEqual(server);
});

test("disabling restores the original functions", async () => {
  expect(interceptors["getInterceptingCall"]).not.toBe(untouched);
  instrumentation.disable();
  expect(interceptors["getInterceptingCall"]).toBe(untouched);
  await unary(clientOf(await listening()), "apple");
  await expectCalls("client", {});
  await expectCalls("server", {});
});
