/** A server of `node:http2`, a client of it, and what is recorded of them. */
import { once } from "node:events";
import {
  type ClientHttp2Session,
  connect,
  type Http2Server,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { vi } from "vitest";
import {
  http as instrumented,
  type HttpInstrumentationConfig,
} from "../../../instrumentations/http/index.ts";
import { begin } from "../../../instrumentations/http/instrumentation.ts";
import type { LibraryInstrumentation } from "../../../instrumentations/shared/library-instrumentation.ts";
import { addressOf } from "../../kit/address-of.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";

type Side = "server" | "client";

/** A running instrumentation and its figures. */
export class Figures {
  readonly #collecting: Collecting = collectingProvider();
  readonly instrumentation: LibraryInstrumentation<HttpInstrumentationConfig>;

  constructor(config: HttpInstrumentationConfig = {}) {
    this.instrumentation = instrumentationOf(instrumented, begin, config);
    this.instrumentation.setMeterProvider(this.#collecting.provider);
  }

  /** The values of the attributes of each count and its number, once there are `count` requests in total. */
  async counted(side: Side, count: number): Promise<readonly unknown[]> {
    return await vi.waitUntil(async () => {
      const points = await this.#collecting.points(`http.${side}.requests`);
      const sum = points.reduce((all, { value }) => all + Number(value), 0);
      return sum === count && points.map(({ attributes, value }) => [...Object.values(attributes), value]);
    });
  }

  /** The attributes and counts of the durations, once there are `count` in total. */
  async timed(side: Side, count: number): Promise<readonly object[]> {
    return await vi.waitUntil(async () => {
      const points = await this.#collecting.points(`http.${side}.request.duration`);
      const found = points.map(({ attributes, value }) => ({ ...attributes, count: countOf(value) ?? 0 }));
      return found.reduce((sum, each) => sum + each.count, 0) === count && found;
    });
  }

  /** The numbers of active requests. */
  async active(side: Side): Promise<readonly unknown[]> {
    return (await this.#collecting.points(`http.${side}.active_requests`)).map(({ value }) => value);
  }
}

/** A listening server and a session of a client. */
export interface Opened {
  readonly url: string;
  readonly session: ClientHttp2Session;
}

export async function opened(server: Http2Server, protocol = "http"): Promise<Opened> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `${protocol}://127.0.0.1:${addressOf(server).port}`;
  const session = connect(url, { rejectUnauthorized: false });
  session.on("error", () => {});
  return { url, session };
}

/** Makes a request, and waits until its stream has closed. Returns the body. */
export async function ask(
  session: ClientHttp2Session,
  path: string,
  headers: OutgoingHttpHeaders = {},
): Promise<string> {
  const stream = session.request({ ":path": path, ...headers });
  let body = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
  stream.on("error", () => {});
  stream.end();
  await new Promise((resolve) => void stream.on("close", resolve));
  return body;
}

/** Responds by the path of a request; `unanswered` gets the streams of those that must not end. */
export function respond(stream: ServerHttp2Stream, path: unknown, unanswered: ServerHttp2Stream[]): void {
  stream.on("error", () => {});
  if (path === "/hang") unanswered.push(stream);
  else if (path === "/half") {
    stream.respond();
    stream.write("half", () => unanswered.push(stream));
  } else if (path === "/missing") stream.respond({ ":status": 404 }, { endStream: true });
  else if (path === "/fails") stream.respond({ ":status": 503 }, { endStream: true });
  else if (path === "/hints") {
    stream.additionalHeaders({ ":status": 103, link: "</a.css>" });
    stream.respond({ ":status": 200 }, { endStream: true });
  } else if (path === "/pushes") {
    stream.pushStream({ ":path": "/pushed" }, (_error, pushed) => {
      pushed.respond();
      pushed.end("pushed");
    });
    stream.respond();
    stream.end("ok");
  } else if (path === "/refused") stream.close(7);
  else if (path === "/throws") stream.destroy(new Error("broken"));
  else {
    stream.respond({ ":status": 200, "X-Cache": "hit" });
    stream.end("ok");
  }
}

/** Attributes of durations, but the status. */
export const received = {
  "http.request.method": "GET",
  "url.scheme": "http",
  "network.protocol.version": "2",
};

export function sentTo(url: string): Readonly<Record<string, unknown>> {
  return {
    "http.request.method": "GET",
    "server.address": "127.0.0.1",
    "server.port": Number(new URL(url).port),
    "network.protocol.version": "2",
  };
}
