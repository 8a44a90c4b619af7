// Events of tests.
import { isoText } from "../../../../src/events/time.ts";
import type { TelemetryEvent } from "../../../../src/events/event.ts";

/** First moment of all tests, in milliseconds since the epoch. */
export const START: number = Date.UTC(2026, 0, 1);

/** Fields of an event: its type and its time in seconds after {@link START}; the others by choice. */
export interface EventFields extends Partial<Omit<TelemetryEvent, "event_type">> {
  readonly type: string;
  readonly at: number;
}

/** An event as the bus passes it. */
export function eventOf({ type, at, ...fields }: EventFields): TelemetryEvent {
  return {
    event_id: `${type}@${at}`,
    event_type: type,
    source: "test",
    timestamp: isoText(START + at * 1_000),
    data: null,
    labels: {},
    metadata: {},
    ...fields,
  };
}

/** All events, one after the other. */
export async function* stream(events: readonly TelemetryEvent[]): AsyncGenerator<TelemetryEvent> {
  yield* events;
}
