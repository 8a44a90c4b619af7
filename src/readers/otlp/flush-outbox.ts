// What processes left behind, sent at once.
import { Outbox } from "../outbox/outbox.ts";
import { systemClock } from "./clock.ts";
import { Delivery } from "./delivery.ts";
import { DeliveryReport } from "./delivery-report.ts";
import type { OtlpExporterOptions } from "./options.ts";
import { withPreference } from "./selection.ts";
import { sendingOf } from "./sending.ts";

/** What became of an outbox. */
export interface FlushedOutbox {
  /** Data points that the collector has now. */
  readonly delivered: number;
  /** Data points that it refused for good. */
  readonly rejected: number;
  /** Data points that are still there. */
  readonly left: number;
}

/**
 * Sends what an outbox holds whose owner is gone, in order and as fast as the collector takes it: to where the options
 * and OpenTelemetry's variables point. Tries until the signal aborts; what is left then stays there.
 *
 * @throws OutboxError by the promise, where the directory does not exist or cannot be used.
 * @throws MissingPackageError by the promise, where protocol `grpc` is asked for and its package is not installed.
 *
 * @example
 * const { left } = await flushOutbox("outbox", {}, AbortSignal.timeout(60_000));
 */
export async function flushOutbox(
  directory: string,
  { protocol = "http/protobuf", ...options }: Omit<OtlpExporterOptions, "outbox"> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<FlushedOutbox> {
  const sending = sendingOf(protocol, withPreference(options));
  const report = new DeliveryReport({ ...sending, meter: () => undefined });
  const queue = await Outbox.adoptAll(directory, report);
  const delivery = new Delivery({
    queue,
    send: sending.send,
    catchUp: Number.POSITIVE_INFINITY,
    clock: systemClock,
    random: Math.random,
    observer: report,
  });
  // Referenced, since nothing else may keep the program running while it waits for the collector.
  const alive = setInterval(() => {}, 1_000);
  try {
    await delivery.flush(signal);
    await delivery.stop();
    return { delivered: report.delivered, rejected: report.rejected, left: queue.size.points };
  } finally {
    clearInterval(alive);
    await queue.close();
    await sending.close();
  }
}
