// What can be wrong with a log of events.

/** Thrown where a log of events is given options, or a file, that it cannot work with. */
export class EventLogError extends Error {
  override readonly name = "EventLogError";
  readonly code = "TACHYMETER_EVENT_LOG";
}
