// The running application as it explains itself.
import type { Application, Clock } from "../explain/application.ts";
import type { TelemetryEvent } from "../events/event.ts";
import type { Events } from "../events/events.ts";
import type { SampleSource } from "../query/sample-source.ts";
import type { RunningAlerts } from "./running-alerts.ts";
import type { RunningExports } from "./running-exports.ts";
import { part } from "#on-demand";

interface ApplicationParts {
  readonly name: string;
  /** Live and stored metrics. */
  readonly source: () => SampleSource;
  readonly alerts: Pick<RunningAlerts, "shown">;
  readonly exports: Pick<RunningExports, "stored">;
  readonly events: Events;
}

// Maximum number of events from the history.
const MAX_EVENTS = 1_000;

export function runningApplication({ name, source, alerts, exports, events }: ApplicationParts): Application {
  const served = (): RunningAlerts["shown"] => alerts.shown;
  return {
    name,
    refresh: async (): Promise<Clock> => {
      const now = Date.now() / 1_000;
      return { now, end: now };
    },
    query: (expression, options) =>
      part("liveQuery").query(expression, { source: source(), isFromZero: true, ...options }),
    queryRange: (expression, times) =>
      part("liveQuery").queryRange(expression, { source: source(), isFromZero: true, ...times }),
    select: (selection) => source().select(selection),
    alerts: async () => {
      const current = served();
      if (current === undefined) return undefined;
      const document = part("alerts").alertsDocument(current.active(), current.silencesOf());
      return part("explain").currentAlerts(document.alerts);
    },
    rules: async () => part("alerts").rulesDocument(served()?.groups() ?? [], new URLSearchParams()).groups,
    async *events(from, to, signal) {
      const range = { from: from * 1_000, to: to * 1_000, max: MAX_EVENTS, maxOfType: MAX_EVENTS };
      const stored = (await exports.stored?.latestEvents(range, signal)) ?? [];
      const all = new Map<string, TelemetryEvent>();
      for (const event of [...stored, ...events.recent()]) all.set(event.event_id, event);
      for (const event of [...all.values()].toSorted(byTime)) {
        const time = Date.parse(event.timestamp) / 1_000;
        if (time >= from && time <= to) yield event;
      }
    },
  };
}

function byTime(one: TelemetryEvent, other: TelemetryEvent): number {
  return Date.parse(one.timestamp) - Date.parse(other.timestamp);
}
