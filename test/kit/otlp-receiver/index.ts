/** A real OTLP/HTTP receiver for tests, which keeps all requests and can misbehave on demand. */
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
 * Responses to requests: success, another status, none (the request hangs), success with an invalid body, or a cut
 * connection. Requests are kept in every case.
 */
export type OtlpAnswer = "ok" | "hang" | "garbage" | "cut" | number | PartialSuccess | Refusal | SlowAnswer;

/** A partial success, which rejects data points. */
export interface PartialSuccess {
  readonly rejectedPoints: number;
  readonly message: string;
}

/** Another status, with headers and a body as from a collector. */
export interface Refusal {
  readonly status: number;
  readonly retryAfter?: string;
  readonly location?: string;
  readonly contentType?: string;
  readonly body?: string | Uint8Array;
}

/** A delayed success. */
export interface SlowAnswer {
  readonly afterMillis: number;
}

/** One received request. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: OtlpRequest;
  /** The response to it. */
  readonly answer: OtlpAnswer;
  /** Whether the response was a success. */
  readonly isAccepted: boolean;
  /** Address of the sender's end of the connection; equal if a connection was reused. */
  readonly peerPort: number | undefined;
  /** Subject of the sender's certificate. */
  readonly clientName: string | undefined;
}

/** The receiver. It stops when the test (or file) that started it ends. */
export interface OtlpReceiver {
  /** `http://127.0.0.1:<port>`, for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  /** Decoded requests, oldest first. */
  readonly requests: readonly ReceivedRequest[];
  /** Response to the next requests; "ok" by default. */
  answer: OtlpAnswer;
  /** Responses to the next requests, one each; afterwards `answer` applies again. */
  readonly next: OtlpAnswer[];
  /** Number of requests without a response yet. */
  readonly open: number;
  /** The last received state of a metric. */
  metric(name: string): OtlpMetric | undefined;
  /** Resolves to the first accepted request, past or future; rejects after the time. */
  waitForRequest(
    accept?: (request: ReceivedRequest) => boolean,
    timeoutMillis?: number,
  ): Promise<ReceivedRequest>;
  /** Stops listening and cuts open connections. */
  close(): Promise<void>;
}

/** Starts a receiver on the given or a free port of the loopback interface; with TLS if it has TLS options. */
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
