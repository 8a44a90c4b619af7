// The first message of diagnostics channels, with which something begins that no one needed before.
import { listenToChannel } from "../io/listen-to-channel.ts";

// The message with which an instrumentation is loaded. Node.js does not pass it on to listeners that subscribe meanwhile.
let missed: { readonly channel: string; readonly message: unknown } | undefined;

/** Runs `begin`. Listeners of `channel` that subscribe meanwhile take `message` from {@link missedMessage}. */
export function withMissedMessage(channel: string, message: unknown, begin: () => void): void {
  const before = missed;
  missed = { channel, message };
  try {
    begin();
  } finally {
    missed = before;
  }
}

/** The message that a new listener of `channel` has missed, if any. */
export function missedMessage(channel: string): unknown {
  return missed?.channel === channel ? missed.message : undefined;
}

/**
 * Calls `begin` once, with the first message of one of the diagnostics channels, which may be one that was missed. Returns a
 * function that ends the watch.
 */
export function onFirstMessage(
  channels: readonly string[],
  begin: (message: unknown, channel: string) => void,
): () => void {
  let isOver = false;
  const onMessage = (message: unknown, channel: string | symbol): void => {
    if (isOver) return;
    end();
    begin(message, String(channel));
  };
  const end = (): void => {
    isOver = true;
    // Later, since Node.js 20 skips a subscriber if another one is removed meanwhile.
    queueMicrotask(() => {
      for (const endListening of ends) endListening();
    });
  };
  const ends = channels.map((channel) => listenToChannel(channel, onMessage));
  if (missed !== undefined && channels.includes(missed.channel)) onMessage(missed.message, missed.channel);
  return end;
}
