// The JSON document: a snapshot, key by key.
import { type Snapshot, snapshotNumber } from "../../translation/snapshot-document.ts";

/** A snapshot as JSON text, made at once. @param indent spaces a level; 0 writes one line. */
export function documentText(snapshot: Snapshot, indent: number): string {
  const { timestamp, metrics, events_count, running } = snapshot;
  return `${jsonText({ timestamp, metrics, events_count, running }, indent)}\n`;
}

/** A part of a document as JSON text; numbers that JSON cannot hold are texts. */
export function jsonText(part: unknown, indent = 0): string {
  return JSON.stringify(part, writable, indent);
}

function writable(_key: string, value: unknown): unknown {
  return typeof value === "number" ? snapshotNumber(value) : value;
}
