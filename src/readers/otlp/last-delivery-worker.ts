// Worker thread of a last delivery. The process may end at any moment.
import { workerData } from "node:worker_threads";
import { chooseProxy } from "../../io/http/proxy.ts";
import type { NewRecord } from "../../io/outbox/record-queue.ts";
import { LAST_STATE, type LastLimits } from "../delivery/last-delivery.ts";
import { HttpSender, httpTarget } from "./http-sender.ts";
import type { UpstreamOtlpOptions } from "./upstream.ts";

interface Work extends LastLimits {
  /** Options of the exporter; the thread reads the environment variables itself. */
  readonly target: UpstreamOtlpOptions;
  /** Packed requests, oldest first. */
  readonly records: readonly NewRecord[];
}

const work: Work = workerData;

void deliver(work).finally(() => {
  Atomics.store(work.state, LAST_STATE.isOver, 1);
  Atomics.notify(work.state, LAST_STATE.isOver);
});

async function deliver({ target, records, timeoutMillis, state, proxy }: Work): Promise<void> {
  chooseProxy(proxy);
  // A request may use all of the time: there is no second attempt.
  const sender = new HttpSender({ ...httpTarget(target), timeoutMillis });
  const end = new AbortController();
  // Keeps the thread running.
  const timer = setTimeout(() => end.abort(), timeoutMillis);
  for (const { body, points } of records) {
    const { kind } = await sender.send(body, end.signal);
    if (kind === "failed") break;
    if (kind === "delivered") Atomics.add(state, LAST_STATE.deliveredPoints, points);
  }
  clearTimeout(timer);
}
