/** A real OTLP/gRPC receiver: HTTP/2 by Node's own module, which is sufficient for one unary call. */
import { once } from "node:events";
import {
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Stream,
} from "node:http2";
import { buffer } from "node:stream/consumers";
import { gunzipSync, gzipSync } from "node:zlib";
import { onTestFinished } from "vitest";
import { requestFromProtobuf } from "../../kit/otlp-receiver/decode.ts";
import type { OtlpRequest } from "../../kit/otlp-receiver/request.ts";
import { freePort } from "../../kit/process.ts";
import { addressOf } from "../../kit/address-of.ts";

/** One received call. */
export interface GrpcCall {
  readonly headers: IncomingHttpHeaders;
  readonly body: OtlpRequest;
  readonly isAccepted: boolean;
}

/** The receiver. It stops when the test ends. */
export interface GrpcReceiver {
  /** `127.0.0.1:<port>`. */
  readonly address: string;
  readonly calls: readonly GrpcCall[];
  /** Status of each of the next calls; 0 after the last one. */
  readonly next: number[];
  /** Whether calls get no response. */
  isHanging: boolean;
  /** Number of calls that have not ended. */
  open: number;
  /** Bytes of a successful response. */
  answerBytes: number;
  /** Whether responses are compressed. */
  isCompressed: boolean;
  /** Message of the statuses in `next`. */
  message: string;
}

/** Starts a receiver on a free port of the loopback interface, or on the given one; with `tls`, clients need a certificate. */
export async function grpcReceiver(port?: number, tls?: SecureServerOptions): Promise<GrpcReceiver> {
  const calls: GrpcCall[] = [];
  const next: number[] = [];
  const receiver = {
    address: "",
    calls,
    next,
    isHanging: false,
    open: 0,
    answerBytes: 0,
    isCompressed: false,
    message: "",
  };
  const server = tls === undefined ? createServer() : createSecureServer(tls);
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => void sessions.add(session));
  server.on("stream", (stream, headers) => {
    receiver.open++;
    stream.once("close", () => receiver.open--);
    void buffer(stream).then((bytes) => {
      const status = next.shift() ?? 0;
      calls.push({ headers, body: requestFromProtobuf(messageIn(bytes)), isAccepted: status === 0 });
      if (!receiver.isHanging) answer(stream, status, receiver);
    });
  });
  server.listen(port ?? (await freePort()), "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  receiver.address = `127.0.0.1:${addressOf(server).port}`;
  return receiver;
}

// Frame: one byte for compression, four for the length, then the message.
function messageIn(bytes: Buffer): Uint8Array {
  const message = bytes.subarray(5, 5 + bytes.readUInt32BE(1));
  return bytes[0] === 1 ? gunzipSync(message) : message;
}

function answer(
  stream: ServerHttp2Stream,
  status: number,
  { answerBytes, isCompressed, message }: GrpcReceiver,
): void {
  const encoding = isCompressed && { "grpc-encoding": "gzip" };
  const headers = { ":status": 200, "content-type": "application/grpc", ...encoding };
  if (status !== 0) {
    const trailers = { "grpc-status": status, "grpc-message": encodeURIComponent(message) };
    return stream.respond({ ...headers, ...trailers }, { endStream: true });
  }
  stream.respond(headers, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  const body = isCompressed ? gzipSync(Buffer.alloc(answerBytes)) : Buffer.alloc(answerBytes);
  const frame = Buffer.alloc(5);
  frame[0] = isCompressed ? 1 : 0;
  frame.writeUInt32BE(body.byteLength, 1);
  stream.end(Buffer.concat([frame, body]));
}
