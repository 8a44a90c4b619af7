/** The part of Cassandra that the tests need, over version 4 of its protocol. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { addressOf } from "../kit/address-of.ts";

/** A running node. */
export interface SmallCassandra {
  readonly port: number;
  stop(): Promise<void>;
}

const HEADER_BYTES = 9;
const VERSION = 0x84;
const REQUEST = { startup: 0x01, options: 0x05, query: 0x07, register: 0x0b } as const;
const RESPONSE = { error: 0x00, ready: 0x02, supported: 0x06, result: 0x08 } as const;
const INVALID_QUERY = 0x2200;
const [VOID, ROWS, TEXT] = [1, 2, 0x0d];
const LOCAL = {
  key: "local",
  cluster_name: "test",
  data_center: "dc1",
  rack: "rack1",
  release_version: "4.1.0",
  partitioner: "org.apache.cassandra.dht.Murmur3Partitioner",
};

/** Serves on loopback, with tables that are always empty. A statement with the word `broken` is invalid. */
export async function startCassandra(): Promise<SmallCassandra> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    let read = Buffer.alloc(0);
    socket.on("data", (data: Buffer) => {
      read = Buffer.concat([read, data]);
      while (read.length >= HEADER_BYTES) {
        const end = HEADER_BYTES + read.readUInt32BE(5);
        if (read.length < end) return;
        socket.write(answer(read.subarray(0, end)));
        read = read.subarray(end);
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: addressOf(server).port,
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

function answer(request: Buffer): Buffer {
  const [opcode, body] = contentOf(request);
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = VERSION;
  request.copy(header, 2, 2, 4);
  header[4] = opcode;
  header.writeUInt32BE(body.length, 5);
  return Buffer.concat([header, body]);
}

function contentOf(request: Buffer): readonly [opcode: number, body: Buffer] {
  const opcode = request[4];
  if (opcode === REQUEST.startup || opcode === REQUEST.register) return [RESPONSE.ready, Buffer.alloc(0)];
  if (opcode === REQUEST.options) return [RESPONSE.supported, short(0)];
  const statement =
    opcode === REQUEST.query
      ? request.toString("utf8", HEADER_BYTES + 4, HEADER_BYTES + 4 + request.readUInt32BE(HEADER_BYTES))
      : "";
  if (statement.includes("broken"))
    return [RESPONSE.error, Buffer.concat([int(INVALID_QUERY), text("told to")])];
  if (statement.includes("system.local")) return [RESPONSE.result, rows([LOCAL])];
  return [RESPONSE.result, statement.includes("system.") ? rows([]) : int(VOID)];
}

// With the names and types of the columns, all of them texts.
function rows(all: readonly (typeof LOCAL)[]): Buffer {
  const names = Object.keys(LOCAL);
  const columns = names.flatMap((name) => [text(name), short(TEXT)]);
  const cells = all.flatMap((row) =>
    Object.values(row).flatMap((cell) => [int(Buffer.byteLength(cell)), Buffer.from(cell)]),
  );
  const withOneTable = 1;
  const head = [int(ROWS), int(withOneTable), int(names.length), text("system"), text("local")];
  return Buffer.concat([...head, ...columns, int(all.length), ...cells]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([short(Buffer.byteLength(value)), Buffer.from(value)]);
}
