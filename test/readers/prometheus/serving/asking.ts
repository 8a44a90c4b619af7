// Requests in the exact form of a scraper's, with unprocessed responses.
import { once } from "node:events";
import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
} from "node:http";
import { request as requestHttps } from "node:https";
import { connect, type Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import type { PrometheusExporter } from "tachymeter/prometheus";
import { onTestFinished } from "vitest";

/** A request; by default a GET without headers. */
export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Certificates that an HTTPS client trusts and presents. */
  readonly tls?: SecureContextOptions;
}

/** A complete response. */
export interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends a request over a new connection and waits for the complete response. Rejects if the connection breaks. */
export async function ask(
  url: string,
  { method = "GET", headers = {}, tls = {} }: Question = {},
): Promise<Reply> {
  const request = url.startsWith("https:") ? requestHttps : requestHttp;
  const asked = request(url, { method, headers, agent: false, ...tls }).end();
  const response = await responseTo(asked);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

function responseTo(asked: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    asked.once("response", resolve);
    asked.once("error", reject);
  });
}

/** The response to bytes that an HTTP client would not send, as text, once the server has closed the connection. */
export async function askRaw(url: string, bytes: string): Promise<string> {
  const socket = await connected(url);
  socket.setEncoding("latin1").write(bytes, "latin1");
  let answer = "";
  socket.on("data", (text: string) => (answer += text));
  // Data sent to a connection closed by the server results in an error.
  socket.on("error", () => {});
  await once(socket, "close");
  return answer;
}

/** A connection to the server, closed at the end of the test. */
export async function connected(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** The text served by an exporter, without its server. */
export async function metricsOf(exporter: PrometheusExporter, query = ""): Promise<string> {
  const response = await exporter.fetchHandler()(new Request(`http://app/metrics${query}`));
  return response.text();
}
