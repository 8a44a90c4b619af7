import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createRequire } from "node:module";
import { diag } from "@opentelemetry/api";
import type { Server, Socket } from "socket.io";
import { io, type Socket as Client } from "socket.io-client";
import { Messaging } from "../../../src/facades/messaging/index.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { socketIo as instrumentedSocketIo } from "../../../instrumentations/socket-io/index.ts";
import { begin as beginSocketIo } from "../../../instrumentations/socket-io/instrumentation.ts";
import { ws as instrumentedWs } from "../../../instrumentations/ws/index.ts";
import { begin as beginWs } from "../../../instrumentations/ws/instrumentation.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { freePort } from "../../kit/process.ts";
import { MessageFigures } from "../message-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumentedSocketIo, beginSocketIo, {});
const sockets = instrumentationOf(instrumentedWs, beginWs, {});
// Required after the instrumentation is enabled, which is what an application's `import "socket.io"` amounts to.
const require = createRequire(import.meta.url);
const socketIo: typeof import("socket.io") = require("socket.io");
instrumentation.disable();
sockets.disable();
const replaced = (): unknown[] => {
  const { prototype } = socketIo.Socket;
  const names = ["notifyOutgoingListeners", "onevent", "join", "emitUntyped"];
  return names.map((name) => Reflect.get(prototype, name));
};
const untouched = replaced();

const collecting = measured(instrumentation);
const figures = new MessageFigures(collecting, "socket.io");
let http: HttpServer;
let server: Server;
let accepted: Socket[];
let clients: Client[];

beforeEach(async () => {
  configure({});
  [accepted, clients] = [[], []];
  await serve(await freePort());
});

afterEach(async () => {
  for (const client of clients) client.disconnect();
  await server.close();
  sockets.disable();
  diag.disable();
});

function configure(options: { byEvent?: boolean; destination?: (given: string) => string }): void {
  instrumentation.setConfig({
    messaging: new Messaging({ meterProvider: collecting.provider }),
    ...options,
  });
}

async function serve(at: number): Promise<void> {
  http = createServer();
  server = new socketIo.Server(http, { maxHttpBufferSize: 200 * 1024 * 1024 });
  server.on("connection", (socket) => void accepted.push(socket));
  server.of(/^\/rooms\//).on("connection", (socket) => void accepted.push(socket));
  http.listen(at, "127.0.0.1");
  await once(http, "listening");
}

function port(): number {
  const address: AddressInfo | string | null = http.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function connect(namespace = "/", transport: "polling" | "websocket" = "websocket"): Promise<Client> {
  const client = io(`http://127.0.0.1:${port()}${namespace}`, {
    transports: [transport],
    reconnectionDelay: 20,
    forceNew: true,
  });
  clients.push(client);
  await new Promise<void>((resolve) => void client.once("connect", resolve));
  return client;
}

test.each(["websocket", "polling"] as const)(
  "events are counted once as sent, received and processed, over %s, and not by the instrumentation of ws",
  async (transport) => {
    sockets.setMeterProvider(collecting.provider);
    sockets.setConfig({ messaging: new Messaging({ meterProvider: collecting.provider }) });
    sockets.enable();
    const client = await connect("/rooms/7", transport);
    const seen: unknown[] = [];
    accepted[0]!.on("question", (text) => accepted[0]!.emit("answer", `to ${text}`));
    client.on("answer", (text) => seen.push(text));
    for (let i = 0; i < 5; i++) client.emit("question", i);
    await vi.waitFor(() => expect(seen).toHaveLength(5));
    expect(seen[0]).toBe("to 0");
    expect(await figures.of("/rooms/*")).toEqual({ sent: 5, received: 5, processed: 5 });
    expect(await figures.connections()).toBe(1);
    expect((await collecting.points("messages.sent")).map(({ value }) => value)).toEqual([5]);
    expect((await collecting.points("messages.received")).map(({ value }) => value)).toEqual([5]);
  },
);

test("a broadcast counts once for each recipient; an acknowledgement does not count", async () => {
  const all = [await connect(), await connect(), await connect()];
  const seen: unknown[] = [];
  for (const client of all) client.on("news", (text) => seen.push(text));
  server.emit("news", "all");
  accepted[0]!.broadcast.emit("news", "others");
  await vi.waitFor(() =>
    expect(seen.map(String).toSorted((a, b) => a.localeCompare(b))).toEqual([
      "all",
      "all",
      "all",
      "others",
      "others",
    ]),
  );
  expect(await figures.of("/")).toEqual({ sent: 5 });
  const answerOf = async (ask: (answer: (sum: number) => void) => unknown): Promise<number> =>
    new Promise((resolve) => void ask(resolve));
  all[0]!.on("sum", (a: number, b: number, answer: (sum: number) => void) => answer(a + b));
  expect(await answerOf((answer) => accepted[0]!.emit("sum", 1, 2, answer))).toBe(3);
  accepted[1]!.on("sum", (a: number, b: number, answer: (sum: number) => void) => answer(a + b));
  expect(await answerOf((answer) => all[1]!.emit("sum", 3, 4, answer))).toBe(7);
  expect(await figures.of("/")).toEqual({ sent: 6, received: 1, processed: 1 });
});

test("connections are the sockets that are connected, in all namespaces", async () => {
  expect(await figures.connections()).toBeUndefined();
  const client = await connect("/");
  await connect("/rooms/a");
  await connect("/rooms/b");
  await vi.waitFor(async () => expect(await figures.connections()).toBe(3));
  client.disconnect();
  await vi.waitFor(async () => expect(await figures.connections()).toBe(2));
});

test("an event without listeners is received, not processed; one to a disconnected socket is not sent", async () => {
  const client = await connect();
  client.emit("unheard");
  await vi.waitFor(async () => expect(await figures.of("/")).toEqual({ received: 1 }));
  client.disconnect();
  await vi.waitFor(() => expect(accepted[0]!.connected).toBe(false));
  accepted[0]!.emit("late");
  expect(await figures.of("/")).toEqual({ received: 1 });
});

test("a listener that throws is recorded as a processing error, and throws as before", async () => {
  await connect();
  accepted[0]!.on("job", () => {
    throw new RangeError("cannot work on this");
  });
  const call: unknown = Reflect.get(accepted[0]!, "emitUntyped");
  expect(() => Reflect.apply(Object(call), accepted[0]!, ["job"])).toThrow(
    new RangeError("cannot work on this"),
  );
  expect(await figures.processed("/", "RangeError")).toBe(1);
});

test("events may be empty, or carry 100 MB", async () => {
  const client = await connect();
  const sizes: number[] = [];
  accepted[0]!.on("data", (data?: Buffer) => void sizes.push(data?.length ?? 0));
  client.emit("data");
  const large = Buffer.alloc(100 * 1024 * 1024);
  client.emit("data", large);
  await vi.waitFor(() => expect(sizes).toEqual([0, large.length]));
  expect(await figures.of("/")).toEqual({ received: 2, processed: 2 });
});

test("counting continues after the server has died and come back", async () => {
  const client = await connect();
  const at = port();
  client.emit("job");
  await vi.waitFor(async () => expect(await figures.of("/")).toEqual({ received: 1 }));
  await server.close();
  await vi.waitFor(() => expect(client.connected).toBe(false));
  expect(await figures.connections()).toBe(0);
  await serve(at);
  await vi.waitFor(() => expect(client.connected).toBe(true));
  client.emit("job");
  await vi.waitFor(async () => expect(await figures.of("/")).toEqual({ received: 2 }));
  expect(await figures.connections()).toBe(1);
});

test("events are counted separately on request, and the destination option names them", async () => {
  configure({ byEvent: true });
  (await connect()).emit("job");
  await vi.waitFor(async () => expect(await figures.of("/ job")).toEqual({ received: 1 }));
  const warnings = collectWarnings();
  configure({
    destination: (given) => {
      if (given === "/") throw new Error("no name");
      return "all rooms";
    },
  });
  (await connect("/rooms/x")).emit("job");
  (await connect("/")).emit("job");
  await vi.waitFor(async () => expect(await figures.of("all rooms")).toEqual({ received: 1 }));
  await vi.waitFor(async () => expect(await figures.of("/")).toEqual({ received: 1 }));
  expect(warnings).toEqual([
    'instrumentation socket_io: option "destination" failed; the default name is used; this is logged once',
  ]);
});

test("disabling restores all methods and stops recording; enabling starts again", async () => {
  await connect();
  const socket = accepted[0]!;
  expect([socket.emit.name, socket.join.name, socket.join.length]).toEqual(["emit", "join", 1]);
  accepted[0]!.emit("1");
  instrumentation.disable();
  expect(replaced()).toEqual(untouched);
  accepted[0]!.emit("2");
  expect(await figures.of("/")).toEqual({ sent: 1 });
  instrumentation.enable();
  expect(await figures.connections()).toBe(1);
  accepted[0]!.emit("3");
  expect(await figures.of("/")).toEqual({ sent: 2 });
});

test("after a restart, sockets are still connected", async () => {
  const client = await connect("/");
  await connect("/rooms/a");
  const expectGauges = restarted(instrumentation, instrumentedSocketIo, beginSocketIo, {});
  await expectGauges({ "message.connections": 2 });
  client.disconnect();
  await expectGauges({ "message.connections": 1 });
});
