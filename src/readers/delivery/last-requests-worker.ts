// Worker thread that sends the last requests of a process, which may end at any moment.
import { workerData } from "node:worker_threads";
import { HttpDestination } from "../../io/http/http-destination.ts";
import { chooseProxy } from "../../io/http/proxy.ts";
import type { LastRequest } from "./http-backend.ts";
import type { LastLimits } from "./last-delivery.ts";

interface Work extends LastLimits {
  readonly url: string;
  /** Oldest first. */
  readonly requests: readonly LastRequest[];
}

const { url, requests, state, timeoutMillis, proxy }: Work = workerData;
// The indexes of `LAST_STATE`, whose module would bring others into this script.
const [IS_OVER, DELIVERED_POINTS] = [0, 1];

void deliver().finally(() => {
  Atomics.store(state, IS_OVER, 1);
  Atomics.notify(state, IS_OVER);
});

async function deliver(): Promise<void> {
  chooseProxy(proxy);
  const destination = new HttpDestination(new URL(url), {});
  const end = new AbortController();
  // Keeps the thread running.
  const timer = setTimeout(() => end.abort(), timeoutMillis);
  for (const request of requests) {
    const { status } = await destination.send(request, end.signal).catch(() => ({ status: 0 }));
    if (status === 0 || status >= 500 || status === 429 || status === 408) break;
    if (status >= 200 && status < 300) Atomics.add(state, DELIVERED_POINTS, request.points);
  }
  destination.close();
  clearTimeout(timer);
}
