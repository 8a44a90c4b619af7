// Libraries that send their own messages over somebody else's client: what they send is counted by their own instrumentation, if
// at all, and not once more by the client's.

// The defaults of Bull and BullMQ, and of Socket.IO's adapter and emitter.
const prefixes = ["bull:", "socket.io#", "socket.io-request#", "socket.io-response#"];

const MAX_PREFIXES = 100;

/**
 * Has the instrumentations of clients leave out keys, channels and the like that begin with `prefix`, from now on: for a library
 * whose prefix can be chosen. Known from the start are `bull:` and those of `@socket.io/redis-adapter`. At most 100.
 */
export function claimNames(prefix: string): void {
  if (prefixes.includes(prefix) || prefixes.length >= MAX_PREFIXES) return;
  prefixes.push(prefix);
}

/** How many prefixes are claimed: another number, and what was learnt of names no longer holds. */
export function claimedPrefixes(): number {
  return prefixes.length;
}

/** Whether `name` belongs to a library that has its own instrumentation. */
export function isClaimed(name: string): boolean {
  for (const prefix of prefixes) if (name.startsWith(prefix)) return true;
  return false;
}
