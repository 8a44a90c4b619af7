// The message of a diagnostics channel with which an instrumentation is loaded. Node.js does not pass it on to listeners
// that subscribe meanwhile.
let missed: { readonly channel: string; readonly message: unknown } | undefined;

/** Runs `begin`. Listeners of `channel` that subscribe meanwhile take `message` from {@link missedMessage}. */
export function withMissedMessage(channel: string, message: unknown, begin: () => void): void {
  missed = { channel, message };
  try {
    begin();
  } finally {
    missed = undefined;
  }
}

/** The message that a new listener of `channel` has missed, if any. */
export function missedMessage(channel: string): unknown {
  return missed?.channel === channel ? missed.message : undefined;
}
