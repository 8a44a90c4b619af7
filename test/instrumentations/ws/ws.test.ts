import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { diag } from "@opentelemetry/api";
import { Messaging } from "../../../src/facades/messaging/index.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { WebSocket, WebSocketServer } from "ws";
import { ws as instrumented } from "../../../instrumentations/ws/index.ts";
import { begin } from "../../../instrumentations/ws/instrumentation.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { freePort } from "../../kit/process.ts";
import { MessageFigures } from "../message-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled, which is what an application's `import "ws"` amounts to.
const require = createRequire(import.meta.url);
const Socket: typeof WebSocket = require("ws");
// Its name in all versions.
const Server: typeof WebSocketServer = Reflect.get(Socket, "Server");
instrumentation.disable();
const replaced = (): unknown[] => [
  Reflect.get(Socket.prototype, "send"),
  Reflect.get(Socket.prototype, "emit"),
  Reflect.get(Server.prototype, "handleUpgrade"),
];
const untouched = replaced();

const collecting = measured(instrumentation);
const figures = new MessageFigures(collecting, "ws");
let server: WebSocketServer;
let port: number;
let accepted: WebSocket[];
let closing: (() => void)[];

beforeEach(async () => {
  instrumentation.setConfig({ messaging: new Messaging({ meterProvider: collecting.provider }) });
  [accepted, closing] = [[], []];
  await serve(await freePort());
});

afterEach(() => {
  for (const close of closing) close();
  diag.disable();
});

async function serve(at: number): Promise<void> {
  port = at;
  server = new Server({ port, host: "127.0.0.1", maxPayload: 200 * 1024 * 1024 });
  server.on("connection", (socket) => void accepted.push(socket));
  closing.push(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  await once(server, "listening");
}

async function connect(path: string): Promise<WebSocket> {
  const socket = new Socket(`ws://127.0.0.1:${port}${path}`, { maxPayload: 0 });
  socket.on("error", () => {});
  closing.push(() => socket.terminate());
  await once(socket, "open");
  await vi.waitFor(() => expect(server.clients.size).toBe(accepted.filter(isOpen).length));
  return socket;
}

// Before version 8, text arrives as a string.
function textOf(data: unknown): string {
  return typeof data === "string" || Buffer.isBuffer(data) ? data.toString() : "no buffer";
}

function isOpen(socket: WebSocket): boolean {
  return socket.readyState === Socket.OPEN;
}

test("messages count once sent, received and processed on both sides, under the URL's path", async () => {
  const client = await connect("/rooms/7?token=secret");
  const [accept] = accepted;
  const seen: unknown[] = [];
  client.on("message", (data) => seen.push(textOf(data)));
  accept!.on("message", (data) => accept!.send(`echo ${textOf(data)}`));
  for (let i = 0; i < 5; i++) client.send(`message ${i}`);
  await vi.waitFor(() => expect(seen).toHaveLength(5));
  expect(seen[0]).toBe("echo message 0");
  expect(await figures.of("/rooms/*")).toEqual({ sent: 10, received: 10, processed: 10 });
  expect(await figures.connections()).toBe(2);
});

test("connections are the open sockets", async () => {
  expect(await figures.connections()).toBeUndefined();
  const [first] = [await connect("/a"), await connect("/b")];
  expect(await figures.connections()).toBe(4);
  first.close();
  await vi.waitFor(async () => expect(await figures.connections()).toBe(2));
});

test("counting continues after the server has died and come back", async () => {
  const client = await connect("/jobs");
  accepted[0]!.on("message", () => {});
  client.send("before");
  await vi.waitFor(async () =>
    expect(await figures.of("/jobs")).toEqual({ sent: 1, received: 1, processed: 1 }),
  );
  const away = once(client, "close");
  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
  await away;
  // The library calls back with an error, and discards the message.
  const error = await new Promise((resolve) => client.send("meanwhile", resolve));
  expect(error).toBeInstanceOf(Error);
  await vi.waitFor(async () => expect(await figures.connections()).toBe(0));
  accepted = [];
  await serve(port);
  const again = await connect("/jobs");
  accepted[0]!.on("message", () => {});
  again.send("after");
  await vi.waitFor(async () =>
    expect(await figures.of("/jobs")).toEqual({ sent: 2, received: 2, processed: 2 }),
  );
});

test("a message without listeners is received, not processed", async () => {
  const client = await connect("/silent");
  client.send("x");
  await vi.waitFor(async () => expect(await figures.of("/silent")).toEqual({ sent: 1, received: 1 }));
});

test("a listener that throws is recorded as a processing error, and throws as before", async () => {
  const client = await connect("/jobs");
  client.on("message", () => {
    throw new RangeError("cannot work on this");
  });
  expect(() => client.emit("message", Buffer.from("x"), false)).toThrow(
    new RangeError("cannot work on this"),
  );
  expect(await figures.of("/jobs")).toEqual({ received: 1 });
  expect(await figures.processed("/jobs", "RangeError")).toBe(1);
});

test("a socket whose listener threw no longer counts once its connection is lost", async () => {
  const client = await connect("/jobs");
  accepted[0]!.on("message", () => {
    throw new RangeError("cannot work on this");
  });
  const handlers = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  try {
    const uncaught = once(process, "uncaughtException");
    client.send("x");
    expect(await uncaught).toMatchObject([{ message: "cannot work on this" }, "uncaughtException"]);
  } finally {
    for (const handler of handlers) process.on("uncaughtException", handler);
  }
  const away = once(client, "close");
  client.terminate();
  await away;
  await vi.waitFor(async () => expect(await figures.connections()).toBe(0));
});

test("messages may be empty or of 10 MB; a fragmented one counts once", async () => {
  const client = await connect("/sizes");
  const sizes: number[] = [];
  accepted[0]!.on("message", (data: unknown) => {
    if (typeof data === "string" || Buffer.isBuffer(data)) sizes.push(data.length);
  });
  client.send("");
  client.send("part", { fin: false });
  client.send("whole", { fin: true });
  const large = Buffer.alloc(10 * 1024 * 1024);
  client.send(large);
  await vi.waitFor(() => expect(sizes).toEqual([0, 9, large.length]));
  expect(await figures.of("/sizes")).toEqual({ sent: 3, received: 3, processed: 3 });
});

test("messages that cannot be sent yet are not counted and throw as before", async () => {
  const client = new Socket(`ws://127.0.0.1:${port}/early`);
  client.on("error", () => {});
  closing.push(() => client.terminate());
  expect(() => client.send("x")).toThrow("readyState 0");
  expect(await collecting.points("messages.sent")).toEqual([]);
});

test("a server with its own handling of upgrades is named by the request's path", async () => {
  const http = createServer();
  const own = new Server({ noServer: true });
  http.on("upgrade", (request, socket, head) => {
    own.handleUpgrade(request, socket, head, function handled(this: unknown, ...given) {
      // The request is passed from 7.2 on.
      expect(given[1] ?? request).toBe(request);
      given[0].send("hello");
    });
  });
  const ownPort = await freePort();
  http.listen(ownPort, "127.0.0.1");
  await once(http, "listening");
  closing.push(() => http.close());
  const client = new Socket(`ws://127.0.0.1:${ownPort}/own`);
  closing.push(() => client.terminate());
  await once(client, "message");
  expect(await figures.of("/own")).toEqual({ sent: 1, received: 1, processed: 1 });
});

test("sockets used by MQTT or Engine.IO are not counted", async () => {
  server.on("connection", (socket) => void socket.on("message", (data) => socket.send(data)));
  for (const [path, protocols] of [
    ["/mqtt", ["mqtt"]],
    ["/socket.io/?EIO=4&transport=websocket", []],
  ] as const) {
    const client = new Socket(`ws://127.0.0.1:${port}${path}`, [...protocols]);
    closing.push(() => client.terminate());
    await once(client, "open");
    client.send("x");
    await once(client, "message");
  }
  expect(await collecting.points("messages.sent")).toEqual([]);
  expect(await collecting.points("messages.received")).toEqual([]);
  expect((await figures.connections()) ?? 0).toBe(0);
});

test("the destination option names paths, with the default name if it fails", async () => {
  const warnings = collectWarnings();
  instrumentation.setConfig({
    messaging: new Messaging({ meterProvider: collecting.provider }),
    destination: (path) => {
      if (path.startsWith("/bad")) throw new Error("no name");
      return path.split("/")[1] ?? "";
    },
  });
  (await connect("/rooms/a")).send("x");
  (await connect("/rooms/b")).send("x");
  (await connect("/bad/12")).send("x");
  expect(await figures.of("rooms")).toMatchObject({ sent: 2 });
  expect(await figures.of("/bad/*")).toMatchObject({ sent: 1 });
  expect(warnings).toEqual([
    'instrumentation ws: option "destination" failed; the default name is used; this is logged once',
  ]);
});

test("disabling restores all methods and stops recording; enabling starts again", async () => {
  const client = await connect("/jobs");
  expect(Object.keys(client)).not.toContain("emit");
  expect([client.emit.name, client.emit.length, client.send.name, client.send.length]).toEqual([
    "emit",
    1,
    "send",
    3,
  ]);
  client.send("1");
  instrumentation.disable();
  expect(replaced()).toEqual(untouched);
  expect(Object.hasOwn(Socket.prototype, "emit")).toBe(false);
  client.send("2");
  expect(await figures.of("/jobs")).toMatchObject({ sent: 1 });
  instrumentation.enable();
  client.send("3");
  expect(await figures.of("/jobs")).toMatchObject({ sent: 2 });
});

test("after a restart, sockets are still open", async () => {
  const [first] = [await connect("/a"), await connect("/b")];
  instrumentation.disable();
  const away = once(first, "close");
  first.terminate();
  await away;
  await vi.waitFor(() => expect(server.clients.size).toBe(1));
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "message.connections": 2 });
});
