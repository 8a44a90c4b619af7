// A started Tachymeter with its live page.
import { request, type IncomingHttpHeaders } from "node:http";
import { start, type Options, type Tachymeter } from "tachymeter";
import { onTestFinished } from "vitest";
import type { Status, ViewData } from "../../../src/page/protocol.ts";
import { EventStream } from "./event-stream.ts";

/** A response to a request with any headers. */
export interface PlainResponse {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ServedPage {
  readonly telemetry: Tachymeter;
  /** Without a slash at its end. */
  readonly url: string;
  readonly stream: (view: string, range?: string) => Promise<EventStream>;
  readonly past: (view: string, from: number, to?: number) => Promise<ViewData>;
}

/** The status of an application that has nothing to show. */
export const EMPTY_STATUS: Status = {
  time: 0,
  service: "ours",
  version: "2",
  startedAt: 0,
  runtime: "",
  restarts: 0,
  hasHistory: false,
  members: [],
  peers: 0,
  maySilence: false,
};

/** Starts on a free port, with a collection each second. It ends with the test. */
export async function servedPage(options: Options = {}): Promise<ServedPage> {
  const telemetry = start({
    serviceName: "shop",
    host: false,
    runtime: false,
    group: false,
    instrumentations: [],
    readers: [{ type: "prometheus", port: 0 }],
    page: true,
    live: { resolution: 1 },
    ...options,
  });
  onTestFinished(() => telemetry.shutdown());
  await telemetry.ready;
  const url = new URL("/", telemetry.prometheusUrl).href.slice(0, -1);
  return {
    telemetry,
    url,
    stream: (view, range = "5m") => EventStream.open(streamUrl(url, view, range)),
    async past(view, from, to) {
      const search = new URLSearchParams({ view, from: `${from}`, ...(to !== undefined && { to: `${to}` }) });
      const response = await fetch(`${url}/page/view?${search.toString()}`);
      const data: ViewData = JSON.parse(await response.text());
      return data;
    },
  };
}

/** Address of a stream. */
export function streamUrl(url: string, view: string, range = "5m"): string {
  return `${url}/page/stream?${new URLSearchParams({ view, range }).toString()}`;
}

/** Sends a request with any headers, `Host` included, as no browser's `fetch` can. */
export function plainRequest(
  url: string,
  {
    method = "GET",
    headers = {},
    body,
  }: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  } = {},
): Promise<PlainResponse> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { ...headers }, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body: text }),
      );
    });
    sent.once("error", reject).end(body);
  });
}
