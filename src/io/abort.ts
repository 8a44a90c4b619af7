// Ends of work by a signal.
import { setMaxListeners } from "node:events";

/**
 * Calls `end` once the signal aborts, until the returned function is called. Work that runs at once may share a signal: Node.js
 * would take more than ten listeners for a leak, and warn.
 */
export function onAbort(signal: AbortSignal, end: () => void): () => void {
  setMaxListeners(0, signal);
  signal.addEventListener("abort", end, { once: true });
  return () => signal.removeEventListener("abort", end);
}
