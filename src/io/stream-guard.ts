// Standard output and standard error: if their reading end is closed, a write emits an error that would end the
// application.
import type { Writable } from "node:stream";

const guards = new WeakMap<Writable, number>();

/** Ignores the errors that a stream emits, until the returned function is called after the last write. */
export function ignoreErrors(stream: Writable): () => void {
  change(stream, 1);
  // The stream emits an error after the write's callback, so the listener stays for one more turn of the event loop.
  return () => void setImmediate(() => change(stream, -1)).unref();
}

function change(stream: Writable, by: 1 | -1): void {
  const count = (guards.get(stream) ?? 0) + by;
  guards.set(stream, count);
  if (count === 0) stream.off("error", ignore);
  else if (by === 1 && count === 1) stream.on("error", ignore);
}

function ignore(): void {}
