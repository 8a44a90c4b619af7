/** The part of Temporal that a worker needs: gRPC with empty responses, and one activity to run. */
import { once } from "node:events";
import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { addressOf } from "../kit/address-of.ts";

/** A running server. */
export interface SmallTemporal {
  /** `127.0.0.1:7233` */
  readonly address: string;
  stop(): Promise<void>;
}

const PREFIX_BYTES = 5;
const POLL_MILLIS = 20;

/** Serves on loopback. The first worker that asks for an activity gets one of type `charge`, of a workflow `order`. */
export async function startTemporal(): Promise<SmallTemporal> {
  const sessions = new Set<ServerHttp2Session>();
  let hasActivity = true;
  const server = createServer()
    .on("session", (session) => sessions.add(session))
    .on("stream", (stream, headers) => {
      stream.on("error", () => {});
      const method = String(headers[":path"]).split("/").at(-1) ?? "";
      const isPolling = method.startsWith("Poll");
      const isGiven = method === "PollActivityTaskQueue" && hasActivity;
      if (isGiven) hasActivity = false;
      void sleep(isPolling && !isGiven ? POLL_MILLIS : 0).then(() =>
        answer(stream, isGiven ? activity() : Buffer.alloc(0)),
      );
    })
    .listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${addressOf(server).port}`,
    async stop() {
      server.close();
      for (const session of sessions) session.destroy();
      await once(server, "close");
    },
  };
}

function answer(stream: ServerHttp2Stream, message: Buffer): void {
  if (stream.destroyed) return;
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([prefix, message]));
}

// `PollActivityTaskQueueResponse`, by the numbers of its fields.
function activity(): Buffer {
  const text = (number: number, value: string): Buffer => field(number, Buffer.from(value));
  const seconds = (number: number, count: number): Buffer => field(number, integer(1, count));
  const now = Math.floor(Date.now() / 1_000);
  return Buffer.concat([
    text(1, "token"),
    text(2, "default"),
    field(3, text(1, "order")),
    field(4, Buffer.concat([text(1, "workflow"), text(2, "run")])),
    field(5, text(1, "charge")),
    text(6, "1"),
    ...[10, 11, 12].map((time) => seconds(time, now)),
    integer(13, 1),
    ...[14, 15].map((limit) => seconds(limit, 10)),
  ]);
}

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
}

function integer(number: number, value: number): Buffer {
  return Buffer.concat([varint(number << 3), varint(value)]);
}

function varint(value: number): Buffer {
  return value < 128
    ? Buffer.from([value])
    : Buffer.concat([Buffer.from([(value & 127) | 128]), varint(value >>> 7)]);
}
