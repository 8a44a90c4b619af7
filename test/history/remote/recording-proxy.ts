// What stands between a client and an engine, and writes down what is asked.
import { createServer, type IncomingHttpHeaders } from "node:http";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { reapLater } from "../../kit/process.ts";

/** A request that went by. */
export interface SeenRequest {
  readonly method: string;
  /** Behind `/api/v1/`. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
}

/** A proxy that was started. */
export interface RecordingProxy {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** The expressions that were to be evaluated, but the one that finds out what engine it is. */
  expressions(): readonly string[];
}

/** Starts a proxy of `target`, which ends with the test. */
export async function recordingProxy(target: string): Promise<RecordingProxy> {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
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
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  reapLater(async () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    expressions: () =>
      requests.flatMap(({ parameters: { query = "" } }) =>
        query === "" || query.includes("vector(1)") ? [] : [query],
      ),
  };
}
