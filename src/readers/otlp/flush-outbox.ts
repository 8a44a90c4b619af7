import { OptionsError } from "../../options/options-error.ts";
import { Outbox } from "../../io/outbox/index.ts";
import { Delivery, systemClock } from "../delivery/delivery.ts";
import { DeliveryReport } from "../delivery/delivery-report.ts";
import { type OtlpExporterOptions, refuseUnknownOptions, withPreference } from "./options.ts";
import { sendingOf } from "./sending.ts";
import { withCertificates } from "./tls.ts";

/** The backend of an outbox's records, and a callback for progress. */
export interface FlushOutboxOptions extends Omit<OtlpExporterOptions, "outbox"> {
  /** Called at the start and after each attempt. Must not throw. */
  readonly onProgress?: ((progress: FlushProgress) => void) | undefined;
}

/** Progress of `flushOutbox`. */
export interface FlushProgress {
  /** Name of the sender and the backend, without secrets. */
  readonly receiver: string;
  /** Data points that the backend has accepted. */
  readonly delivered: number;
  /** Data points that the backend has rejected permanently. */
  readonly rejected: number;
  /** Waiting records. */
  readonly left: {
    /** Number of records. */
    readonly records: number;
    /** Number of their data points. */
    readonly points: number;
    /** Their size in bytes. */
    readonly bytes: number;
  };
  /** Time of the oldest waiting record, in milliseconds since the epoch. */
  readonly oldestTimeUnixMillis: number | undefined;
  /** Message of the latest attempt, if it failed and will be retried. */
  readonly failure: string | undefined;
}

/** Result of `flushOutbox`. */
export interface FlushedOutbox {
  /** Data points that the backend has accepted. */
  readonly delivered: number;
  /** Data points that the backend has rejected permanently. */
  readonly rejected: number;
  /** Data points still in the outbox. */
  readonly left: number;
  /** Running processes that own a folder in the outbox, and deliver its records themselves. */
  readonly owners: number;
}

/**
 * Sends the records of an outbox without a running owner, in order and as fast as the backend accepts them. Options
 * default to OpenTelemetry's variables. Retries until the signal aborts; undelivered records stay in the outbox.
 *
 * @throws OptionsError (rejection) if `directory` is not a path, an option is unknown, or `tls` is combined with a
 *   function `httpAgentOptions`.
 * @throws OutboxError (rejection) if the directory does not exist or cannot be used.
 * @throws MissingPackageError (rejection) if the package of protocol `grpc` is not installed.
 *
 * @example
 * const { left } = await flushOutbox("outbox", {}, AbortSignal.timeout(60_000));
 */
export async function flushOutbox(
  directory: string,
  { protocol = "http/protobuf", onProgress, ...options }: FlushOutboxOptions = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<FlushedOutbox> {
  if (typeof directory !== "string" || directory === "")
    throw new OptionsError("flushOutbox", [
      { name: "directory", value: directory, must: "be the path of an outbox" },
    ]);
  refuseUnknownOptions("flushOutbox", options);
  const sending = sendingOf(protocol, withPreference(withCertificates("flushOutbox", options)));
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
  // Keeps the process running while it waits for the backend; nothing else might.
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
