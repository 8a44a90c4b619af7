// The JSON document: a snapshot, key by key.
import { type Snapshot, snapshotNumber } from "../../facades/snapshot.ts";

/** A snapshot as JSON text. @param indent spaces a level; 0 writes one line. */
export function documentText(snapshot: Snapshot, indent: number): string {
  const { timestamp, metrics, events_count, running } = snapshot;
  return `${JSON.stringify({ timestamp, metrics, events_count, running }, writable, indent)}\n`;
}

function writable(_key: string, value: unknown): unknown {
  return typeof value === "number" ? snapshotNumber(value) : value;
}
