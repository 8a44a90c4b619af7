// Events that are stored, also from before the process.
import type { TelemetryEvent } from "../events/event.ts";
import { latestOfTypes, placesOfType } from "./latest-of-types.ts";

/** A store of events. */
export interface StoredEvents {
  /** Its last warning since the start of the process. */
  readonly lastWarning: { readonly text: string; readonly timeUnixMillis: number } | undefined;
  /** The latest events, oldest first: `max` of all types, and `maxOfType` of each. */
  latestEvents(
    filter: {
      readonly from: number;
      readonly to: number;
      readonly max: number;
      readonly maxOfType: number;
    },
    signal: AbortSignal,
  ): Promise<readonly TelemetryEvent[]>;
}

/** The latest stored events of a range, in Unix seconds: at most `max`, the oldest first. Rare types stay. */
export async function latestStored(
  store: StoredEvents,
  { from, to, signal }: { readonly from: number; readonly to: number; readonly signal: AbortSignal },
  max: number,
): Promise<readonly TelemetryEvent[]> {
  const filter = { from: from * 1_000, to: to * 1_000, max, maxOfType: placesOfType(max) };
  return latestOfTypes(await store.latestEvents(filter, signal), max, ({ event_type: type }) => type);
}
