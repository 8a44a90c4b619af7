// Listeners of `node:diagnostics_channel`.
import { channel, type ChannelListener } from "node:diagnostics_channel";

// Functions that hold a channel. Bun forgets one that only has listeners (https://github.com/oven-sh/bun/issues/43086).
const held = new Set<() => void>();

/** Calls `listener` with each message of the channel `name`, until the returned function is called. */
export function listenToChannel(name: string, listener: ChannelListener): () => void {
  const listened = channel(name);
  listened.subscribe(listener);
  const end = (): void => {
    listened.unsubscribe(listener);
    held.delete(end);
  };
  held.add(end);
  return end;
}
