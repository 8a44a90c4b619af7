// The commands that move messages, and how many they have moved by what the server answered.

const NAMES = [
  // Sends one message: to a channel, to a stream.
  ["publish", "publish spublish xadd"],
  // Sends each argument after the key to a list; `pushToExisting` only to a list that exists.
  ["push", "lpush rpush"],
  ["pushToExisting", "lpushx rpushx"],
  // Takes messages from the list at its first argument.
  ["pop", "lpop rpop lmove blmove rpoplpush brpoplpush"],
  // Takes messages from any of several lists, and answers with the key of that list.
  ["popFromAny", "blpop brpop lmpop blmpop"],
  // Reads entries of streams, `readGroup` for a consumer group.
  ["read", "xread"],
  ["readGroup", "xreadgroup"],
  // Settles entries of a consumer group.
  ["acknowledge", "xack"],
  // Takes over entries that another consumer has not settled; `autoClaim` answers with a cursor first.
  ["claim", "xclaim"],
  ["autoClaim", "xautoclaim"],
] as const;

/** What a command does with messages. */
export type RedisCommand = (typeof NAMES)[number][0];

// In the two spellings of the clients; other ones are learnt.
const commands = new Map<string, RedisCommand | "none">();
for (const [command, names] of NAMES) {
  for (const name of names.split(" ")) commands.set(name, command).set(name.toUpperCase(), command);
}
const MAX_KNOWN = 1_000;

/** What the command `name`, in upper or lower case, does with messages. */
export function redisCommand(name: string): RedisCommand | "none" {
  const known = commands.get(name);
  if (known !== undefined) return known;
  const command = commands.get(name.toLowerCase()) ?? "none";
  if (commands.size < MAX_KNOWN) commands.set(name, command);
  return command;
}

/** How many elements a pop has brought: one, several, or none. */
export function poppedCount(reply: unknown): number {
  if (Array.isArray(reply)) return reply.length;
  return reply === null || reply === undefined ? 0 : 1;
}

/** Calls `see` with the key and the number of entries of each stream in a reply, in all shapes of the clients. */
export function forEachStream(reply: unknown, see: (key: unknown, entries: number) => void): void {
  if (reply instanceof Map) {
    for (const [key, entries] of reply) see(key, poppedCount(entries));
  } else if (Array.isArray(reply)) {
    // Pairs by protocol 2; by protocol 3 a map, which a client may lay out flat.
    const isFlat = !reply.every(
      (pair) => Array.isArray(pair) && pair.length === 2 && !Array.isArray(pair[0]),
    );
    if (!isFlat) for (const [key, entries] of reply) see(key, poppedCount(entries));
    else for (let i = 0; i + 1 < reply.length; i += 2) see(reply[i], poppedCount(reply[i + 1]));
  } else if (typeof reply === "object" && reply !== null) {
    for (const [key, entries] of Object.entries(reply)) see(key, poppedCount(entries));
  }
}

/** Whether a read of a group asks for new entries of the stream `key`, by `>` in place of an id. */
export function asksForNew(args: readonly unknown[], key: string): boolean {
  const keysAt = args.findIndex((arg) => String(arg).toLowerCase() === "streams") + 1;
  const streams = (args.length - keysAt) / 2;
  for (let i = keysAt; i < keysAt + streams; i++) {
    if (String(args[i]) === key) return String(args[i + streams]) === ">";
  }
  return true;
}

/** Whether the entries that a read of a group brings count as settled at once. */
export function needsNoAcknowledgement(args: readonly unknown[]): boolean {
  for (const arg of args) {
    const word = String(arg).toLowerCase();
    if (word === "noack") return true;
    if (word === "streams") return false;
  }
  return false;
}
