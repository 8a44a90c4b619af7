// Libraries that send their own messages over another library's client, whose instrumentation leaves them out.

// The defaults of Bull and BullMQ, and of Socket.IO's adapter and emitter.
const prefixes = ["bull:", "socket.io#", "socket.io-request#", "socket.io-response#"];

const MAX_PREFIXES = 100;

/** Leaves out keys, channels and the like that begin with `prefix`, from now on. At most 100 prefixes. */
export function claimNames(prefix: string): void {
  if (prefixes.includes(prefix) || prefixes.length >= MAX_PREFIXES) return;
  prefixes.push(prefix);
}

/** How many prefixes are claimed. If the number changes, what was remembered of names no longer holds. */
export function claimedPrefixes(): number {
  return prefixes.length;
}

/** Whether `name` belongs to a library that has its own instrumentation. */
export function isClaimed(name: string): boolean {
  for (const prefix of prefixes) if (name.startsWith(prefix)) return true;
  return false;
}
