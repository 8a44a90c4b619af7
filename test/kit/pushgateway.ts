import { gunzipSync } from "node:zlib";
import { listening } from "./listening.ts";

/** One request to a Pushgateway. */
export interface PushedRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  /** The text, unpacked. */
  readonly text: string;
}

/** The far end of a Pushgateway's protocol, which records requests. */
export interface PushReceiver {
  readonly url: string;
  readonly requests: readonly PushedRequest[];
  /** The next responses; further ones have status 200. A response is sent once `after` has resolved. */
  readonly next: { readonly status: number; readonly text?: string; readonly after?: Promise<void> }[];
}

/** Starts a receiver; it ends with the test. */
export async function pushReceiver(): Promise<PushReceiver> {
  const requests: PushedRequest[] = [];
  const next: PushReceiver["next"] = [];
  const url = await listening((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const { method = "", url: path = "", headers } = request;
      const text = headers["content-encoding"] === "gzip" ? gunzipSync(body).toString() : body.toString();
      requests.push({ method, path, authorization: headers.authorization, text });
      const { status, text: said, after } = next.shift() ?? { status: 200 };
      const answer = (): void => void response.writeHead(status, { "content-type": "text/plain" }).end(said);
      if (after === undefined) answer();
      else void after.then(answer);
    });
  });
  return { url, requests, next };
}
