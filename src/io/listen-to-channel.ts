// Listeners of `node:diagnostics_channel`.
import { channel, type ChannelListener } from "node:diagnostics_channel";

// Bun forgets a channel, with its listeners, that nothing else holds (https://github.com/oven-sh/bun/issues/43086).
const ends = new Set<() => void>();

/** Calls `listener` with each message of the channel `name`, until the returned function is called. */
export function listenToChannel(name: string, listener: ChannelListener): () => void {
  const listened = channel(name);
  listened.subscribe(listener);
  const end = (): void => {
    listened.unsubscribe(listener);
    ends.delete(end);
  };
  ends.add(end);
  return end;
}
