// A worker thread as a member of the group of its main thread.
import { processEvents } from "../../io/process-events.ts";
import { sharedByCopies } from "../../io/shared-by-copies.ts";
import { diag, type MeterProvider, metrics } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { ChangedFacts } from "../changed-facts.ts";
import type { HostLink } from "./join-main-thread.ts";
import type { MemberProvider } from "./member-provider.ts";
import { SentLines } from "./thread-lines.ts";

// If the main thread's configuration has no interval.
const INTERVAL_SECONDS = 1;

/** A worker thread that has joined. */
export interface ThreadMember {
  /** The thread's meter provider, registered globally. */
  readonly meterProvider: MeterProvider;
  /** The lines that the thread passes on to the main thread. */
  readonly lines: () => SentLines;
}

/** The membership of this thread, if it has joined by any copy of this package. */
export function currentMember(): ThreadMember | undefined {
  return membership().current;
}

function membership(): { current: ThreadMember | undefined } {
  return sharedByCopies("thread_member", () => ({ current: undefined }));
}

/**
 * Registers a meter provider that records for the main thread. Its figures are published in the configuration's `interval` in
 * seconds, if the main thread asks for them, and at the end of the thread. So are the facts that `facts` returns.
 * Keeps no thread alive.
 */
export function threadMember(
  host: HostLink,
  provider: MemberProvider,
  facts: (meterProvider: MeterProvider) => string | undefined,
): ThreadMember {
  const { meterProvider } = provider;
  const changed = new ChangedFacts(
    () => facts(meterProvider),
    (text) => host.post({ kind: "facts", facts: text }),
  );
  let lines: SentLines | undefined;
  const current = { meterProvider, lines: () => (lines ??= new SentLines(host)) };
  membership().current = current;
  if (!metrics.setGlobalMeterProvider(meterProvider))
    diag.warn(
      "group: another SDK has registered its MeterProvider in a worker thread, so that thread's measurements are not included; disable its metrics there",
    );
  const publish = async (): Promise<void> => {
    changed.publish();
    await provider.publish();
  };
  const report = (): void => void publish().catch(logFailure);
  setInterval(report, intervalOf(host.configuration) * 1_000).unref();
  // The main thread waits for the answer, so that it is sent even if the report fails.
  host.onAsk(
    () =>
      void publish()
        .then(() => {
          const exemplars = provider.takeExemplars();
          if (exemplars !== undefined) host.post({ kind: "exemplars", exemplars });
        })
        .catch(logFailure)
        .finally(() => host.post({ kind: "reported" })),
  );
  processEvents.on("exit", () => {
    try {
      changed.publish({ isLast: true });
      provider.publishNow();
    } catch (error) {
      logFailure(error);
    }
  });
  return current;
}

function intervalOf(configuration: unknown): number {
  const interval =
    typeof configuration === "object" &&
    configuration !== null &&
    "interval" in configuration &&
    configuration.interval;
  return typeof interval === "number" ? interval : INTERVAL_SECONDS;
}

function logFailure(error: unknown): void {
  diag.error(`group: a worker thread could not report its figures: ${errorMessage(error)}`);
}
