// A proxy that records the requests to a server.
import { type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { listening } from "../../kit/listening.ts";

/** A recorded request. */
export interface SeenRequest {
  readonly method: string;
  /** The path after `/api/v1/`. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
}

/** A running proxy. */
export interface RecordingProxy {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** The evaluated expressions, except the one that detects the server. */
  expressions(): readonly string[];
}

/** Starts a proxy of `target`, which is stopped after the test. */
export async function recordingProxy(target: string): Promise<RecordingProxy> {
  const requests: SeenRequest[] = [];
  const url = await listening((request, response) => {
    void (async () => {
      const { pathname, searchParams } = new URL(request.url ?? "", target);
      const body = await text(request);
      const form = new URLSearchParams(body);
      requests.push({
        method: request.method ?? "",
        path: pathname.replace("/api/v1/", ""),
        parameters: Object.fromEntries([...searchParams, ...form]),
        headers: request.headers,
      });
      const answer = await fetch(new URL(request.url ?? "", target), {
        method: request.method ?? "",
        ...(request.method === "POST" && { body: form }),
      });
      response.writeHead(answer.status, { "Content-Type": "application/json" });
      response.end(await answer.text());
    })();
  });
  return {
    url,
    requests,
    expressions: () =>
      requests.flatMap(({ parameters: { query = "" } }) =>
        query === "" || query.includes("vector(1)") ? [] : [query],
      ),
  };
}
