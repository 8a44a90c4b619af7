// The commands that move messages, and how many they have moved by what the server answered.

/** What a command does with messages. */
export type RedisCommand =
  /** Sends one: to a channel, to a stream. */
  | "publish"
  /** Sends each argument after the key to a list. */
  | "push"
  /** As `push`, but only to a list that is there. */
  | "pushToExisting"
  /** Takes one or several from the list at its first argument. */
  | "pop"
  /** Takes from whichever list has something, and answers with that one's key. */
  | "popFromAny"
  /** Reads entries of streams. */
  | "read"
  /** Reads entries of streams for a consumer group. */
  | "readGroup"
  /** Settles entries of a consumer group. */
  | "acknowledge"
  /** Takes over entries that another consumer has not settled. */
  | "claim"
  /** As `claim`, and answers with a cursor first. */
  | "autoClaim";

const BY_NAME: Readonly<Record<string, RedisCommand>> = {
  publish: "publish",
  spublish: "publish",
  xadd: "publish",
  lpush: "push",
  rpush: "push",
  lpushx: "pushToExisting",
  rpushx: "pushToExisting",
  lpop: "pop",
  rpop: "pop",
  lmove: "pop",
  blmove: "pop",
  rpoplpush: "pop",
  brpoplpush: "pop",
  blpop: "popFromAny",
  brpop: "popFromAny",
  lmpop: "popFromAny",
  blmpop: "popFromAny",
  xread: "read",
  xreadgroup: "readGroup",
  xack: "acknowledge",
  xclaim: "claim",
  xautoclaim: "autoClaim",
};

// As the two clients write them; other spellings are looked up letter by letter.
const commands = new Map<string, RedisCommand | "none">(
  Object.entries(BY_NAME).flatMap(([name, command]) => [
    [name, command],
    [name.toUpperCase(), command],
  ]),
);
const MAX_KNOWN = 1_000;

/** What the command `name`, in whatever letters, does with messages. */
export function redisCommand(name: string): RedisCommand | "none" {
  return commands.get(name) ?? learn(name);
}

function learn(name: string): RedisCommand | "none" {
  const command = commands.get(name.toLowerCase()) ?? "none";
  if (commands.size < MAX_KNOWN) commands.set(name, command);
  return command;
}

/** How many elements a pop has brought: one, several, or none. */
export function poppedCount(reply: unknown): number {
  if (Array.isArray(reply)) return reply.length;
  return reply === null || reply === undefined ? 0 : 1;
}

/** Calls `see` with the key and the number of entries of each stream that a read has brought, in all shapes that clients give it. */
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

/**
 * Whether a read of a group asks for entries that nobody has got yet, of the stream `key`: `>` in place of an id. With
 * an id it looks once more at what it has.
 */
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
