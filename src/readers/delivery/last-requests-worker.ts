// Worker thread that sends the last requests of a process, which may end at any moment.
import { Agent, type ClientRequest, request as httpRequest } from "node:http";
import { Agent as SecureAgent, request as httpsRequest } from "node:https";
import { workerData } from "node:worker_threads";
import { connectThrough, forwardingOptions } from "../../io/http/proxied-agent.ts";
import type { LastRequest } from "./http-backend.ts";
import type { LastLimits } from "./last-delivery.ts";

interface Work extends LastLimits {
  readonly url: string;
  /** URL of the proxy for it. */
  readonly proxyUrl: string | undefined;
  /** Oldest first. */
  readonly requests: readonly LastRequest[];
}

const { url, proxyUrl, requests, state, timeoutMillis }: Work = workerData;
// The indexes of `LAST_STATE`, whose module would bring others into this script.
const [IS_OVER, DELIVERED_POINTS] = [0, 1];

const isSecure = url.startsWith("https:");
const agent = isSecure ? new SecureAgent() : new Agent();
if (proxyUrl !== undefined) connectThrough(agent, new URL(proxyUrl), new URL(url), (request) => request());

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
    const send = isSecure ? httpsRequest : httpRequest;
    const forwarding = forwardingOptions(agent, new URL(url));
    const options = {
      ...forwarding,
      method,
      headers: { ...headers, ...forwarding.headers, "Content-Length": body.byteLength },
      signal: end,
      agent,
      opening: { ended: end, isAwaited: true },
    };
    const sent: ClientRequest = send(url, options);
    sent.on("response", (response) => resolve(response.resume().statusCode ?? 0));
    sent.on("error", reject);
    sent.end(body);
  });
}
