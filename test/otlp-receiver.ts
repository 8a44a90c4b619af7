/** A real OTLP/HTTP receiver for tests, which keeps what it gets and can be told to misbehave. */
import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { requestFromJson } from "./otlp/json.ts";
import { requestFromProtobuf } from "./otlp/protobuf.ts";
import type { OtlpMetric, OtlpRequest } from "./otlp/request.ts";
import { reapLater } from "./process.ts";

export type * from "./otlp/request.ts";

/**
 * How requests are answered: with success, with another status, never, or with a success whose body is no OTLP. What
 * is sent is kept in every case.
 */
export type OtlpAnswer = "ok" | "hang" | "garbage" | number;

/** One request as it came. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: OtlpRequest;
}

/** The receiver. It stops when the test (or file) that started it ends. */
export interface OtlpReceiver {
  /** `http://127.0.0.1:<port>`, for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  /** Decoded requests, oldest first. */
  readonly requests: readonly ReceivedRequest[];
  /** How the next requests are answered; "ok" at first. */
  answer: OtlpAnswer;
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

/** Starts a receiver on a free port of the loopback interface, or on the given one. */
export async function otlpReceiver(port = 0): Promise<OtlpReceiver> {
  const requests: ReceivedRequest[] = [];
  const waiting = new Set<(request: ReceivedRequest) => void>();
  const server = createServer((request, response) => {
    void receive(request).then(
      (received) => {
        requests.push(received);
        for (const look of waiting) look(received);
        respond(response, receiver.answer, request.headers["content-type"] ?? "");
      },
      (error: unknown) => response.writeHead(400).end(String(error)),
    );
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the receiver has no port");

  const receiver: OtlpReceiver = {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    answer: "ok",
    metric: (name) =>
      requests.flatMap(({ body }) => metricsOf(body)).findLast((metric) => metric.name === name),
    waitForRequest(accept = () => true, timeoutMillis = 20_000) {
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

async function receive(request: IncomingMessage): Promise<ReceivedRequest> {
  const sent = await buffer(request);
  const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
  const contentType = request.headers["content-type"];
  const received = { path: request.url ?? "", headers: request.headers };
  switch (contentType) {
    case "application/x-protobuf":
      return { ...received, body: requestFromProtobuf(body) };
    case "application/json":
      return { ...received, body: requestFromJson(body.toString("utf8")) };
    default:
      throw new Error(`content-type "${contentType}" is not one of OTLP's`);
  }
}

function respond(response: ServerResponse, answer: OtlpAnswer, contentType: string): void {
  if (answer === "hang") return;
  response.setHeader("content-type", contentType);
  if (answer === "ok") response.end(contentType === "application/json" ? "{}" : "");
  else if (answer === "garbage") response.end("<html>\u0000\u0007 this is no OTLP");
  else response.writeHead(answer).end();
}
