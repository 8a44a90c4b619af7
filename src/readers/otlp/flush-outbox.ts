import { Outbox } from "../../io/outbox/index.ts";
import { Delivery, systemClock } from "./delivery.ts";
import { DeliveryReport } from "./delivery-report.ts";
import { type OtlpExporterOptions, withPreference } from "./options.ts";
import { sendingOf } from "./sending.ts";

/** The receiver of an outbox's records, and a callback for progress. */
export interface FlushOutboxOptions extends Omit<OtlpExporterOptions, "outbox"> {
  /** Called at the begin and after each attempt. Must not throw. */
  readonly onProgress?: ((progress: FlushProgress) => void) | undefined;
}

export interface FlushProgress {
  /** Sender and receiver, without secrets. */
  readonly receiver: string;
  /** Data points that the receiver has now. */
  readonly delivered: number;
  /** Data points that it refused for good. */
  readonly rejected: number;
  /** Waiting records. */
  readonly left: { readonly records: number; readonly points: number; readonly bytes: number };
  /** Time of the oldest record that waits, in milliseconds since the epoch. */
  readonly oldestTimeUnixMillis: number | undefined;
  /** Message of the latest attempt, if it failed and will be repeated. */
  readonly failure: string | undefined;
}

export interface FlushedOutbox {
  /** Data points that the receiver has now. */
  readonly delivered: number;
  /** Data points that it refused for good. */
  readonly rejected: number;
  /** Data points that are still there. */
  readonly left: number;
  /** Running processes that have a folder there, and deliver what lies in it themselves. */
  readonly owners: number;
}

/**
 * Sends the records of an outbox whose owner is gone, in order and as fast as the receiver takes them, by the options and
 * OpenTelemetry's variables. Tries until the signal aborts; the rest stays there.
 *
 * @throws OutboxError by the promise, if the directory does not exist or cannot be used.
 * @throws MissingPackageError by the promise, if the package of protocol `grpc` is not installed.
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
    observer: {
      failed: (attempt) => {
        report.failed(attempt);
        tell(attempt.message);
      },
      concluded: (...outcome) => {
        report.concluded(...outcome);
        tell();
      },
    },
  });
  // Referenced: nothing else may keep the program running while it waits for the receiver.
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
