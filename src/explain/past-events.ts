// Events that may be the cause of an alert: deployments, restarts, reloads.
import type { Application } from "./application.ts";
import { startsOf } from "./starts.ts";

/** An event that may be a cause. */
export interface PastEvent {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly text: string;
  /** Whether it changes what the application does, such as a deployment. Others are often effects. */
  readonly isChange: boolean;
}

/** A type with more events is usual. */
const MAX_USUAL = 5;

/** Events and starts of processes, the latest first. */
export async function pastEvents(
  application: Application,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<readonly PastEvent[]> {
  const [events, starts] = await Promise.all([
    recordedEvents(application, from, to, signal),
    startsOf(application, from, to, signal),
  ]);
  const started = starts.map(({ time, text, isNewVersion }) => ({ time, text, isChange: isNewVersion }));
  return [...started, ...events].toSorted((one, other) => other.time - one.time);
}

async function recordedEvents(
  application: Application,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<readonly PastEvent[]> {
  if (application.events === undefined) return [];
  const { eventText, isChange, mayExplain } = await import("../anomalies/parts.ts");
  const found = new Map<string, PastEvent[]>();
  for await (const event of application.events(from, to, signal)) {
    const { event_type: type, timestamp } = event;
    if (!mayExplain(type)) continue;
    const data = eventText(event);
    const text = `event ${type}${data === "" ? "" : ` (${data})`}`;
    const ofType = found.get(type) ?? [];
    found.set(type, ofType);
    ofType.push({ time: Date.parse(timestamp) / 1_000, text, isChange: isChange(type) });
  }
  return [...found.values()].filter((ofType) => ofType.length <= MAX_USUAL).flat();
}
