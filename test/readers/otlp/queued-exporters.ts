/** Exporters to a real receiver, with a clock turned by the test. */
import { onTestFinished } from "vitest";
import { collectionFromMetrics } from "../../../src/engine/collection/collection-from-metrics.ts";
import type { Collection } from "../../../src/engine/collection/collection.ts";
import { QueuedExporter, type QueuedExporterOptions } from "../../../src/readers/delivery/queued-exporter.ts";
import { OtlpEncoder } from "../../../src/readers/otlp/encode/index.ts";
import { HttpSender, httpTarget } from "../../../src/readers/otlp/http-sender.ts";
import { OUTBOX, type OutboxOptions } from "../../../src/options/outbox.ts";
import type { OtlpReceiver, ReceivedRequest } from "../../kit/otlp-receiver/index.ts";
import { counter, resourceMetrics, scope } from "../resource-metrics.ts";
import type { TurnedClock } from "./turned-clock.ts";

/** An exporter to the receiver with a request time-out of `requestMillis`; shut down at the end of the test. */
export function queuedExporterTo(
  receiver: OtlpReceiver,
  clock: TurnedClock,
  {
    outbox,
    requestMillis = 60_000,
    ...options
  }: {
    readonly outbox?: OutboxOptions;
    readonly requestMillis?: number;
  } & Partial<Omit<QueuedExporterOptions, "outbox">> = {},
): QueuedExporter {
  const sender = new HttpSender(
    httpTarget({ url: `${receiver.url}/v1/metrics`, timeoutMillis: requestMillis }),
  );
  const exporter = new QueuedExporter({
    name: "test",
    component: { type: "test", name: "test/0" },
    encoder: new OtlpEncoder(),
    send: ({ body }, signal) => sender.send(body, signal),
    close: () => sender.close(),
    timeoutMillis: 200,
    meter: () => undefined,
    clock,
    random: () => 1,
    outbox: outbox && OUTBOX.settings(outbox),
    ...options,
  });
  onTestFinished(async () => {
    // Without this the last flush would wait 5 s for what a test leaves undelivered.
    receiver.answer = "ok";
    receiver.next.length = 0;
    let hasEnded = false;
    void exporter.shutdown().then(() => (hasEnded = true));
    await clock.turnUntil(() => hasEnded);
  });
  return exporter;
}

/** A collection with one counter of this value. */
export function collectionOf(value: number): Collection {
  return collectionFromMetrics(resourceMetrics([scope("test", [counter({ name: "count" }, [{}, value])])]));
}

/** The value of the counter in each request. */
export function valuesOf(requests: readonly ReceivedRequest[]): number[] {
  return requests.map(({ body }) => {
    const points = body.resourceMetrics[0]?.scopeMetrics[0]?.metrics[0]?.points ?? [];
    const [point] = points;
    return point !== undefined && "value" in point ? point.value : Number.NaN;
  });
}
