// Worker thread that sends the last requests of a process, which may end at any moment.
import { type ClientRequest, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { workerData } from "node:worker_threads";
import type { LastRequest } from "./http-backend.ts";
import type { LastLimits } from "./last-delivery.ts";

interface Work extends LastLimits {
  readonly url: string;
  /** Oldest first. */
  readonly requests: readonly LastRequest[];
}

const { url, requests, state, timeoutMillis }: Work = workerData;
// The indexes of `LAST_STATE`, whose module would bring others into this script.
const [IS_OVER, DELIVERED_POINTS] = [0, 1];

const end = AbortSignal.timeout(timeoutMillis);
void deliver().finally(() => {
  Atomics.store(state, IS_OVER, 1);
  Atomics.notify(state, IS_OVER);
});

async function deliver(): Promise<void> {
  for (const request of requests) {
    const status = await statusOf(request).catch(() => 0);
    if (status === 0 || status >= 500 || status === 429 || status === 408) break;
    if (status >= 200 && status < 300) Atomics.add(state, DELIVERED_POINTS, request.points);
  }
}

function statusOf({ method, headers, body }: LastRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith("https:") ? httpsRequest : httpRequest;
    const sent: ClientRequest = send(url, {
      method,
      headers: { ...headers, "Content-Length": body.byteLength },
      signal: end,
    });
    sent.on("response", (response) => resolve(response.resume().statusCode ?? 0));
    sent.on("error", reject);
    sent.end(body);
  });
}
