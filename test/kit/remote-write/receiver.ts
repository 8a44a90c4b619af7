import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { listening } from "../listening.ts";
import { decodeFirst, decodeSecond, type WrittenSeries } from "./request.ts";

/**
 * A response of a receiver of both versions, or of one that knows only the first. An unaware one also ignores the type of
 * the content, and stores nothing from 2.0. Or a status with headers and a text.
 */
export type Response =
  | "both"
  | "first"
  | "unaware"
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly text?: string };

/** One request, decoded. */
export interface ReceivedWrite {
  readonly version: 1 | 2;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
  readonly series: readonly WrittenSeries[];
  /** Whether the receiver has stored the samples. */
  readonly isStored: boolean;
}

/** A receiver of remote write that checks each request by the specification. */
export interface RemoteWriteReceiver {
  readonly url: string;
  readonly requests: readonly ReceivedWrite[];
  /** Response to each request without an own one in `next`. */
  response: Response;
  readonly next: Response[];
  /** Series that were stored, in their order. */
  readonly stored: () => readonly WrittenSeries[];
}

/** Starts a receiver; it ends with the test. */
export async function remoteWriteReceiver(): Promise<RemoteWriteReceiver> {
  const requests: ReceivedWrite[] = [];
  const receiver = {
    requests,
    response: "both" as Response,
    next: new Array<Response>(),
    stored: () => requests.filter(({ isStored }) => isStored).flatMap(({ series }) => series),
  };
  const url = await listening((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const version = versionOf(request.headers);
      const series = version === 2 ? decodeSecond(body) : decodeFirst(body);
      const chosen = receiver.next.shift() ?? receiver.response;
      const isStored = respond(response, chosen, version, series);
      requests.push({ version, headers: request.headers, body, series, isStored });
    });
  }, "/api/v1/write");
  return Object.assign(receiver, { url });
}

function respond(
  response: ServerResponse,
  chosen: Response,
  version: 1 | 2,
  series: readonly WrittenSeries[],
): boolean {
  if (typeof chosen === "object") {
    response.writeHead(chosen.status, { "content-type": "text/plain", ...chosen.headers }).end(chosen.text);
    return false;
  }
  const isRead = version === 1 || chosen === "both";
  const histograms = series.filter(({ value }) => typeof value === "object").length;
  const written = {
    "X-Prometheus-Remote-Write-Samples-Written": series.length - histograms,
    "X-Prometheus-Remote-Write-Histograms-Written": histograms,
  };
  if (!isRead && chosen === "first") response.writeHead(415).end();
  else response.writeHead(204, chosen === "both" ? written : {}).end();
  return isRead;
}

// Throws if the headers break a rule, so that the sender gets no response.
function versionOf(headers: IncomingHttpHeaders): 1 | 2 {
  const { "content-type": type, "content-encoding": encoding, "user-agent": agent = "" } = headers;
  const version = headers["x-prometheus-remote-write-version"];
  if (encoding !== "snappy") throw new Error(`content encoding ${encoding}`);
  if (!agent.startsWith("Tachymeter")) throw new Error(`user agent ${agent}`);
  const isSecond = type === "application/x-protobuf;proto=io.prometheus.write.v2.Request";
  if (!isSecond && type !== "application/x-protobuf") throw new Error(`content type ${type}`);
  if (version !== (isSecond ? "2.0.0" : "0.1.0")) throw new Error(`version ${String(version)}`);
  return isSecond ? 2 : 1;
}
