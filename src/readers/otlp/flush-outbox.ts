// What processes left behind, sent at once.
import { Outbox } from "../../io/outbox/index.ts";
import type { Delivered, Failed, Rejected } from "./attempt.ts";
import { systemClock } from "./clock.ts";
import { Delivery, type DeliveryObserver } from "./delivery.ts";
import { DeliveryReport } from "./delivery-report.ts";
import type { OtlpExporterOptions } from "./options.ts";
import { withPreference } from "./selection.ts";
import { sendingOf } from "./sending.ts";
import type { StoredRecord } from "../../io/outbox/record-queue.ts";

/** Where what an outbox holds is sent to, and who hears of it. */
export interface FlushOutboxOptions extends Omit<OtlpExporterOptions, "outbox"> {
  /** Called at the begin and after each attempt. Must not throw. */
  readonly onProgress?: ((progress: FlushProgress) => void) | undefined;
}

/** How far an outbox is sent. */
export interface FlushProgress {
  /** What sends and where to, without secrets. */
  readonly receiver: string;
  /** Data points that the collector has now. */
  readonly delivered: number;
  /** Data points that it refused for good. */
  readonly rejected: number;
  /** What waits. */
  readonly left: { readonly records: number; readonly points: number; readonly bytes: number };
  /** Time of the oldest record that waits, in milliseconds since the epoch. */
  readonly oldestTimeUnixMillis: number | undefined;
  /** What the latest attempt failed with, where it did and will be repeated. */
  readonly failure: string | undefined;
}

/** What became of an outbox. */
export interface FlushedOutbox {
  /** Data points that the collector has now. */
  readonly delivered: number;
  /** Data points that it refused for good. */
  readonly rejected: number;
  /** Data points that are still there. */
  readonly left: number;
  /** Running processes that have a folder there, and deliver what lies in it themselves. */
  readonly owners: number;
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
  { protocol = "http/protobuf", onProgress, ...options }: FlushOutboxOptions = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<FlushedOutbox> {
  const sending = sendingOf(protocol, withPreference(options));
  const report = new DeliveryReport({ ...sending, meter: () => undefined });
  const queue = await Outbox.adoptAll(directory, report);
  const tell = (failure?: string): void => {
    const { delivered, rejected } = report;
    const { size: left, oldestTimeUnixMillis } = queue;
    onProgress?.({ receiver: sending.name, delivered, rejected, left, oldestTimeUnixMillis, failure });
  };
  tell();
  const delivery = new Delivery({
    queue,
    send: sending.send,
    catchUp: Number.POSITIVE_INFINITY,
    clock: systemClock,
    random: Math.random,
    observer: observedBy(report, tell),
  });
  // Referenced, since nothing else may keep the program running while it waits for the collector.
  const alive = setInterval(() => {}, 1_000);
  try {
    await delivery.flush(signal);
    await delivery.stop();
    const { delivered, rejected } = report;
    return { delivered, rejected, left: queue.size.points, owners: await queue.countOthers() };
  } finally {
    clearInterval(alive);
    await queue.close();
    await sending.close();
  }
}

function observedBy(report: DeliveryReport, tell: (failure?: string) => void): DeliveryObserver {
  return {
    failed: (attempt: Failed): void => {
      report.failed(attempt);
      tell(attempt.message);
    },
    concluded: (record: StoredRecord, attempt: Delivered | Rejected, durationSeconds: number): void => {
      report.concluded(record, attempt, durationSeconds);
      tell();
    },
  };
}
