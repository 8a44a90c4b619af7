import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { memjs as instrumented } from "../../../instrumentations/memjs/index.ts";
import { begin } from "../../../instrumentations/memjs/instrumentation.ts";
import { addressOf } from "../../kit/address-of.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";

/** The part of the library that the tests use. */
interface Client {
  get(key: string): Promise<{ readonly value: Buffer | null }>;
  get(key: string, callback: (error: unknown, value: Buffer | null) => void): void;
  set(key: string, value: string, options: object): Promise<boolean>;
  add(key: string, value: string, options: object): Promise<boolean>;
  delete(key: string): Promise<boolean>;
  increment(key: string, amount: number, options: object): Promise<unknown>;
  close(): void;
}
interface Memjs {
  readonly Client: { create(servers: string, options: object): Client };
}

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled.
const memjs: Memjs = createRequire(import.meta.url)("memjs");
instrumentation.disable();
const logger = { log() {} };

let server: Server;
let port: number;
const collecting = measured(instrumentation);

const HEADER_BYTES = 24;
const [FOUND, NOT_FOUND, EXISTS, NO_NUMBER] = [0, 1, 2, 6];

// The part of memcached's binary protocol that the tests need: `known` exists, and has no number.
function statusOf(opcode: number, key: string): number {
  if (opcode === 5) return NO_NUMBER;
  if (opcode === 2) return key === "known" ? EXISTS : FOUND;
  return opcode === 1 || key === "known" ? FOUND : NOT_FOUND;
}

beforeAll(async () => {
  server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data: Buffer) => {
      for (let at = 0; at < data.length; at += HEADER_BYTES + data.readUInt32BE(at + 8)) {
        const keyAt = at + HEADER_BYTES + data.readUInt8(at + 4);
        const key = data.toString("utf8", keyAt, keyAt + data.readUInt16BE(at + 2));
        const answer = Buffer.alloc(HEADER_BYTES);
        answer[0] = 0x81;
        answer[1] = data.readUInt8(at + 1);
        answer.writeUInt16BE(statusOf(data.readUInt8(at + 1), key), 6);
        data.copy(answer, 12, at + 12, at + 16);
        socket.write(answer);
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  port = addressOf(server).port;
});

afterAll(() => void server.close());

function clientOf(to = port): Client {
  const client = memjs.Client.create(`127.0.0.1:${to}`, { logger, retries: 2, retry_delay: 0.01 });
  onTestFinished(() => client.close());
  return client;
}

/** The number of operations by name and failure. */
async function operations(): Promise<Readonly<Record<string, unknown>>> {
  const points = await collecting.points("db.client.operation.duration");
  return Object.fromEntries(
    points.map(({ attributes, value }) => [
      [attributes["db.operation.name"], attributes["error.type"]].join(" ").trim(),
      countOf(value),
    ]),
  );
}

test("operations are recorded by name and server, and succeed for unknown and existing keys", async () => {
  const client = clientOf();
  expect(await Promise.all([client.set("known", "1", {}), client.set("known", "2", {})])).toEqual([
    true,
    true,
  ]);
  expect(await client.get("unknown")).toMatchObject({ value: null });
  await new Promise((resolve) => client.get("known", resolve));
  expect(await client.add("known", "1", {})).toBe(false);
  expect(await client.delete("unknown")).toBe(false);
  expect(await operations()).toEqual({ set: 2, get: 2, add: 1, delete: 1 });
  const attributes = {
    "db.system.name": "memcached",
    "db.operation.name": "set",
    "server.address": "127.0.0.1",
    "server.port": port,
  };
  expect(countOf(await collecting.point("db.client.operation.duration", attributes))).toBe(2);
});

test("failures have the number of the server's error or the code of the connection's, once for all retries", async () => {
  await expect(clientOf().increment("known", 1, {})).rejects.toThrow("non-numeric");
  await expect(clientOf(1).get("known")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(await operations()).toEqual({ "increment 6": 1, "get ECONNREFUSED": 1 });
});

test("while it is disabled, nothing is recorded", async () => {
  const client = clientOf();
  instrumentation.disable();
  await client.get("known");
  instrumentation.enable();
  expect(await operations()).toEqual({});
});
