// Events as partial matches and matches keep them: without their data.

/** An event that a rule has seen. */
export class Occurrence {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly millis: number;

  constructor(id: string, type: string, source: string, millis: number) {
    this.id = id;
    this.type = type;
    this.source = source;
    this.millis = millis;
  }
}

/** An occurrence in JSON: id, type, source, milliseconds since the epoch. */
export type OccurrenceState = readonly [id: string, type: string, source: string, millis: number];

/** Converts an occurrence to JSON. */
export function occurrenceState({ id, type, source, millis }: Occurrence): OccurrenceState {
  return [id, type, source, millis];
}

/** Reads an occurrence from JSON; `undefined` if it is damaged. */
export function occurrenceFrom(given: unknown): Occurrence | undefined {
  if (!Array.isArray(given) || given.length !== 4) return undefined;
  const [id, type, source, millis]: unknown[] = given;
  return typeof id === "string" && typeof type === "string" && typeof source === "string" && isMillis(millis)
    ? new Occurrence(id, type, source, millis)
    : undefined;
}

// Half of what `Date` can hold, so that it can also hold differences.
const MAX_MILLIS = 4e15;

/** Whether a value is a time in milliseconds. */
export function isMillis(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= MAX_MILLIS;
}
