// Commands that move messages, and the number of messages they moved according to the server's reply.

const NAMES = [
  // Sends one message, to a channel or to a stream.
  ["publish", "publish spublish xadd"],
  // Sends each argument after the key to a list; `pushToExisting` only to a list that exists.
  ["push", "lpush rpush"],
  ["pushToExisting", "lpushx rpushx"],
  // Takes messages from the list given by the first argument.
  ["pop", "lpop rpop lmove blmove rpoplpush brpoplpush"],
  // Takes messages from any of several lists; the reply contains the key of that list.
  ["popFromAny", "blpop brpop lmpop blmpop"],
  // Reads entries of streams, `readGroup` for a consumer group.
  ["read", "xread"],
  ["readGroup", "xreadgroup"],
  // Settles entries of a consumer group.
  ["acknowledge", "xack xackdel"],
  // Takes over entries that another consumer has not settled; the reply of `autoClaim` begins with a cursor.
  ["claim", "xclaim"],
  ["autoClaim", "xautoclaim"],
  // Removes streams, or a group or consumer of a stream, with their pending entries.
  ["remove", "del unlink"],
  ["changeGroup", "xgroup"],
] as const;

/** The effect of a command on messages. */
export type RedisCommand = (typeof NAMES)[number][0];

// Commands that change the pending entries of streams.
const OF_STREAMS: ReadonlySet<string> = new Set<RedisCommand>([
  "readGroup",
  "acknowledge",
  "claim",
  "autoClaim",
  "remove",
  "changeGroup",
]);

/** Returns whether a command changes the pending entries of streams. */
export function isOfStreams(command: RedisCommand | "none"): boolean {
  return OF_STREAMS.has(command);
}

// Commands in the two spellings used by the clients; other spellings are added when they occur.
const commands = new Map<string, RedisCommand | "none">();
for (const [command, names] of NAMES) {
  for (const name of names.split(" ")) commands.set(name, command).set(name.toUpperCase(), command);
}
const MAX_KNOWN = 1_000;

/** Returns the effect on messages of the command `name`, in upper or lower case. */
export function redisCommand(name: string): RedisCommand | "none" {
  const known = commands.get(name);
  if (known !== undefined) return known;
  const command = commands.get(name.toLowerCase()) ?? "none";
  if (commands.size < MAX_KNOWN) commands.set(name, command);
  return command;
}

/** Returns the number of elements that a pop returned: none, one or several. */
export function poppedCount(reply: unknown): number {
  if (Array.isArray(reply)) return reply.length;
  return reply === null || reply === undefined ? 0 : 1;
}

/** Calls `see` with the key and the entries of each stream in a reply, in any of the clients' formats. */
export function forEachStream(reply: unknown, see: (key: unknown, entries: unknown) => void): void {
  if (reply instanceof Map) {
    for (const [key, entries] of reply) see(key, entries);
  } else if (Array.isArray(reply)) {
    // Protocol 2 returns pairs; protocol 3 returns a map, which a client may flatten.
    const isFlat = !reply.every(
      (pair) => Array.isArray(pair) && pair.length === 2 && !Array.isArray(pair[0]),
    );
    if (!isFlat) for (const [key, entries] of reply) see(key, entries);
    else for (let i = 0; i + 1 < reply.length; i += 2) see(reply[i], reply[i + 1]);
  } else if (typeof reply === "object" && reply !== null) {
    for (const [key, entries] of Object.entries(reply)) see(key, entries);
  }
}

/** Whether a read of a group requests new entries of the stream `key`, by `>` in place of an id. */
export function asksForNew(args: readonly unknown[], key: string): boolean {
  const keysAt = args.findIndex((arg) => String(arg).toLowerCase() === "streams") + 1;
  const streams = (args.length - keysAt) / 2;
  for (let i = keysAt; i < keysAt + streams; i++) {
    if (String(args[i]) === key) return String(args[i + streams]) === ">";
  }
  return true;
}

/** Returns the group and the consumer of a read of a group. */
export function readerOf(args: readonly unknown[]): readonly [group: string, consumer: string] {
  const at = args.findIndex((arg) => String(arg).toLowerCase() === "group");
  return [String(args[at + 1]), String(args[at + 2])];
}

/** Whether the entries returned by a read of a group count as settled at once. */
export function needsNoAcknowledgement(args: readonly unknown[]): boolean {
  for (const arg of args) {
    const word = String(arg).toLowerCase();
    if (word === "noack") return true;
    if (word === "streams") return false;
  }
  return false;
}
