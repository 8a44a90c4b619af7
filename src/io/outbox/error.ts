// What only the system can tell about an outbox's directory.

/** The directory cannot be used; `cause` has the system's own error. */
export class OutboxError extends Error {
  override readonly name = "OutboxError";
  readonly code = "TACHYMETER_OUTBOX";
}
