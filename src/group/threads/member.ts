// A worker thread as a member of the group of its main thread.
import { diag, type MeterProvider, metrics } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import type { HostLink } from "./join-main-thread.ts";
import { memberProvider } from "./member-provider.ts";

// If the main thread's recipe has no interval.
const INTERVAL_SECONDS = 1;

/** A worker thread that has joined. */
export interface ThreadMember {
  /** The thread's meter provider, registered globally. */
  readonly meterProvider: MeterProvider;
  /** Passes to the main thread the figures that are not in shared memory. */
  publish(): void;
}

let current: ThreadMember | undefined;

/** The membership of this thread, if it has joined. */
export function currentMember(): ThreadMember | undefined {
  return current;
}

/**
 * Registers a meter provider that records for the main thread. Its figures are published in the recipe's `interval` in
 * seconds, if the main thread asks for them, and at the end of the thread. Keeps no thread alive.
 */
export function threadMember(host: HostLink): ThreadMember {
  const provider = memberProvider(host);
  const { meterProvider } = provider;
  const member = { meterProvider, publish: () => safely(() => provider.publish()) };
  current = member;
  if (!metrics.setGlobalMeterProvider(meterProvider))
    diag.warn(
      "group: another SDK has registered its MeterProvider in a worker thread, so that thread's measurements are not included; disable its metrics there",
    );
  setInterval(member.publish, intervalOf(host.recipe) * 1_000).unref();
  host.onAsk(member.publish);
  process.on("exit", member.publish);
  return member;
}

function intervalOf(recipe: unknown): number {
  const interval = typeof recipe === "object" && recipe !== null && "interval" in recipe && recipe.interval;
  return typeof interval === "number" ? interval : INTERVAL_SECONDS;
}

function safely(publish: () => void): void {
  try {
    publish();
  } catch (error) {
    diag.error(`group: a worker thread could not report its figures: ${errorMessage(error)}`);
  }
}
