import { subscribe, unsubscribe } from "node:diagnostics_channel";

/**
 * Calls `begin` once, with the first message of one of the diagnostics channels. Returns a function that ends the watch.
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
      for (const channel of channels) unsubscribe(channel, onMessage);
    });
  };
  for (const channel of channels) subscribe(channel, onMessage);
  return end;
}
