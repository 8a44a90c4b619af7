// Requests as a scraper makes them: nothing is added to them and nothing is done to their answers.
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

/** What is asked; a GET without headers unless told. */
export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What a client of HTTPS trusts and shows. */
  readonly tls?: SecureContextOptions;
}

/** A whole answer. */
export interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Asks over a connection of its own and waits for the whole answer. Rejects where the connection breaks. */
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

/** The answer to bytes that no HTTP client would send, as text, when the server has ended the connection. */
export async function askRaw(url: string, bytes: string): Promise<string> {
  const socket = await connected(url);
  socket.setEncoding("latin1").write(bytes, "latin1");
  let answer = "";
  socket.on("data", (text: string) => (answer += text));
  // What is sent into a connection that the server has closed comes back as an error.
  socket.on("error", () => {});
  await once(socket, "close");
  return answer;
}

/** A connection to the server, for as long as the test runs. */
export async function connected(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** What an exporter serves as text, asked without a server. */
export async function metricsOf(exporter: PrometheusExporter, query = ""): Promise<string> {
  const response = await exporter.fetchHandler()(new Request(`http://app/metrics${query}`));
  return response.text();
}
