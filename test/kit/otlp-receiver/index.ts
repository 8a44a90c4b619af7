/** A real OTLP/HTTP receiver for tests, which keeps what it gets and can be told to misbehave. */
import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { type ServerOptions as TlsOptions, createServer as createTlsServer } from "node:https";
import { buffer } from "node:stream/consumers";
import { TLSSocket } from "node:tls";
import { gunzipSync } from "node:zlib";
import { partialSuccessInProtobuf, requestFromJson, requestFromProtobuf } from "./decode.ts";
import type { OtlpMetric, OtlpRequest } from "./request.ts";
import { freePort, reapLater } from "../process.ts";
import { waitMillis } from "../test-length.ts";
import { addressOf } from "../address-of.ts";

export type * from "./request.ts";

/**
 * How requests are answered: with success, with another status, never, with a success whose body is no OTLP, or not at
 * all, since the connection is cut. What is sent is kept in every case.
 */
export type OtlpAnswer = "ok" | "hang" | "garbage" | "cut" | number | PartialSuccess | Refusal | SlowAnswer;

/** A success that leaves points out. */
export interface PartialSuccess {
  readonly rejectedPoints: number;
  readonly message: string;
}

/** Another status with what a collector says beside it. */
export interface Refusal {
  readonly status: number;
  readonly retryAfter?: string;
  readonly location?: string;
  readonly contentType?: string;
  readonly body?: string | Uint8Array;
}

/** A success after a while. */
export interface SlowAnswer {
  readonly afterMillis: number;
}

/** One request as it came. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: OtlpRequest;
  /** How it was answered. */
  readonly answer: OtlpAnswer;
  /** Whether its sender was told that all is well. */
  readonly isAccepted: boolean;
  /** Where the sender's end of the connection is: equal where a connection was used again. */
  readonly peerPort: number | undefined;
  /** Subject of the certificate that the sender showed. */
  readonly clientName: string | undefined;
}

/** The receiver. It stops when the test (or file) that started it ends. */
export interface OtlpReceiver {
  /** `http://127.0.0.1:<port>`, for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  /** Decoded requests, oldest first. */
  readonly requests: readonly ReceivedRequest[];
  /** How the next requests are answered; "ok" at first. */
  answer: OtlpAnswer;
  /** How the very next requests are answered, one each, before `answer` counts again. */
  readonly next: OtlpAnswer[];
  /** How many requests there are that have not been answered yet. */
  readonly open: number;
  /** The metric as it came last. */
  metric(name: string): OtlpMetric | undefined;
  /** The first request, of those that came and those to come, that is accepted; rejects after the time. */
  waitForRequest(
    accept?: (request: ReceivedRequest) => boolean,
    timeoutMillis?: number,
  ): Promise<ReceivedRequest>;
  /** Stops listening and cuts open connections. */
  close(): Promise<void>;
}

/** Starts a receiver on a free port of the loopback interface, or on the given one; over TLS where it gets options. */
export async function otlpReceiver(port?: number, tls?: TlsOptions): Promise<OtlpReceiver> {
  const requests: ReceivedRequest[] = [];
  const waiting = new Set<(request: ReceivedRequest) => void>();
  const next: OtlpAnswer[] = [];
  let open = 0;
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    open++;
    response.on("close", () => open--);
    void receive(request).then(
      (received) => {
        const answer = next.shift() ?? receiver.answer;
        const kept = { ...received, answer, isAccepted: isSuccess(answer) };
        requests.push(kept);
        for (const look of waiting) look(kept);
        respond(response, answer, request.headers["content-type"] ?? "");
      },
      (error: unknown) => response.writeHead(400).end(String(error)),
    );
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.listen(port ?? (await freePort()), "127.0.0.1");
  await once(server, "listening");

  const receiver: OtlpReceiver = {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${addressOf(server).port}`,
    requests,
    answer: "ok",
    next,
    get open() {
      return open;
    },
    metric: (name) =>
      requests.flatMap(({ body }) => metricsOf(body)).findLast((metric) => metric.name === name),
    waitForRequest(accept = () => true, timeoutMillis = waitMillis) {
      const earlier = requests.find(accept);
      if (earlier !== undefined) return Promise.resolve(earlier);
      return new Promise((resolve, reject) => {
        const look = (request: ReceivedRequest): void => {
          if (!accept(request)) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(request);
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(
            new Error(`none of the ${requests.length} requests received in ${timeoutMillis} ms is accepted`),
          );
        }, timeoutMillis);
        waiting.add(look);
      });
    },
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
  reapLater(() => receiver.close());
  return receiver;
}

/** Every metric of a request, of all resources and scopes. */
export function metricsOf(request: OtlpRequest): OtlpMetric[] {
  return request.resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics),
  );
}

type Received = Omit<ReceivedRequest, "answer" | "isAccepted">;

async function receive(request: IncomingMessage): Promise<Received> {
  const sent = await buffer(request);
  const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
  const contentType = request.headers["content-type"];
  const { socket } = request;
  const received = {
    path: request.url ?? "",
    headers: request.headers,
    peerPort: socket.remotePort,
    clientName: socket instanceof TLSSocket ? [socket.getPeerCertificate().subject?.CN].flat()[0] : undefined,
  };
  switch (contentType) {
    case "application/x-protobuf":
      return { ...received, body: requestFromProtobuf(body) };
    case "application/json":
      return { ...received, body: requestFromJson(body.toString("utf8")) };
    default:
      throw new Error(`content-type "${contentType}" is not one of OTLP's`);
  }
}

function isSuccess(answer: OtlpAnswer): boolean {
  if (typeof answer === "object") return !("status" in answer);
  return answer === "ok" || answer === "garbage";
}

function respond(response: ServerResponse, answer: OtlpAnswer, contentType: string): void {
  if (answer === "hang") return;
  if (answer === "cut") return void response.destroy();
  response.setHeader("content-type", contentType);
  const succeed = (): void => void response.end(contentType === "application/json" ? "{}" : "");
  if (answer === "ok") succeed();
  else if (answer === "garbage") response.end("<html>\u0000\u0007 this is no OTLP");
  else if (typeof answer === "number") response.writeHead(answer).end();
  else if ("afterMillis" in answer) setTimeout(succeed, answer.afterMillis);
  else if ("status" in answer) refuse(response, answer);
  else response.end(partialSuccess(answer, contentType));
}

function refuse(
  response: ServerResponse,
  { status, retryAfter, location, contentType, body }: Refusal,
): void {
  if (contentType !== undefined) response.setHeader("content-type", contentType);
  if (retryAfter !== undefined) response.setHeader("retry-after", retryAfter);
  if (location !== undefined) response.setHeader("location", location);
  response.writeHead(status).end(body);
}

function partialSuccess(
  { rejectedPoints, message }: PartialSuccess,
  contentType: string,
): string | Uint8Array {
  if (contentType !== "application/json") return partialSuccessInProtobuf(rejectedPoints, message);
  return JSON.stringify({
    partialSuccess: { rejectedDataPoints: String(rejectedPoints), errorMessage: message },
  });
}
