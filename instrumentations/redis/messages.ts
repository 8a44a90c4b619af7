// Messages of Redis, moved by commands and delivered to subscriptions, for all clients.
import type { BoundDestination } from "../../src/facades/index.ts";
import { Destinations, InFlightMessages } from "../shared/destinations.ts";
import { isObject } from "../shared/fields.ts";
import { claimedPrefixes, isClaimed, LatestBytes, nameTemplate, remember } from "../shared/names.ts";
import type { Recording } from "../shared/recording.ts";
import type { RedisConfig } from "../shared/options.ts";
import {
  asksForNew,
  forEachStream,
  needsNoAcknowledgement,
  poppedCount,
  readerOf,
  type RedisCommand,
} from "./commands.ts";
import { type PendingEntries, pendingEntriesOf } from "./pending-entries.ts";

/** Value of `messaging.system.name` and `db.system.name` for both clients. */
export const REDIS = "redis";

const SIGNS = { parts: /[^:/.]+/g, any: "*", tooLong: "*" };

/** Counts sent and received messages, and entries that a consumer group has in flight. Claimed names are ignored. */
export class RedisMessages {
  readonly #destinations: Destinations;
  readonly #inFlight: InFlightMessages;
  readonly #pending: PendingEntries;
  readonly #ignore: ((given: string) => boolean) | undefined;
  // `null` for names that are ignored.
  readonly #known = new Map<string, BoundDestination | null>();
  readonly #latestChannel = new LatestBytes((channel) => channel);
  #claimedPrefixes = claimedPrefixes();

  constructor(recording: Recording<RedisConfig>) {
    this.#destinations = new Destinations(recording, {
      system: REDIS,
      nameOf: (given) => nameTemplate(given, SIGNS),
    });
    this.#pending = pendingEntriesOf(recording);
    this.#inFlight = new InFlightMessages(recording, this.#destinations, () => this.#pending.expire());
    this.#ignore = recording.config.ignore;
  }

  /** Returns the channel, stream or list to record with; `undefined` if nothing is recorded. */
  of(given: unknown): BoundDestination | undefined {
    const name = typeof given === "string" ? given : String(given);
    if (this.#claimedPrefixes !== claimedPrefixes()) this.#forget();
    const known = this.#known.get(name);
    return known === undefined ? this.#add(name) : (known ?? undefined);
  }

  /** The same for a delivery to `client`: its channel is given as bytes, and is mostly that of the previous delivery. */
  ofDelivery(channel: unknown, client: unknown): BoundDestination | undefined {
    return channel instanceof Uint8Array && isObject(client)
      ? this.of(this.#latestChannel.of(channel, client))
      : this.of(channel);
  }

  #add(name: string): BoundDestination | undefined {
    const isLeftOut = isClaimed(name) || this.#ignore?.(name) === true;
    const destination = isLeftOut ? undefined : this.#destinations.of(name);
    remember(this.#known, name, destination ?? null);
    return destination;
  }

  #forget(): void {
    this.#known.clear();
    this.#claimedPrefixes = claimedPrefixes();
  }

  /** Records a successful command at a {@link redisPlace}; its arguments begin at `first`. */
  answered(
    command: RedisCommand,
    args: readonly unknown[],
    first: number,
    reply: unknown,
    place: string,
  ): void {
    if (isRefused(reply)) return;
    const key = args[first];
    switch (command) {
      case "publish":
        this.of(key)?.sent();
        break;
      case "push":
        this.of(key)?.sent(args.length - first - 1);
        break;
      case "pushToExisting":
        if (Number(reply) > 0) this.of(key)?.sent(args.length - first - 1);
        break;
      case "pop":
        this.of(key)?.received(poppedCount(reply));
        break;
      case "popFromAny":
        if (Array.isArray(reply)) this.of(reply[0])?.received(poppedCount(reply[1]));
        break;
      case "read":
        this.#read(reply);
        break;
      case "readGroup":
        this.#readForGroup(args, reply, place);
        break;
      case "acknowledge":
        this.#settled(args, first, args.slice(first + 2), place);
        break;
      case "claim":
        this.#claimed(args, first, reply, place);
        break;
      case "autoClaim":
        if (!Array.isArray(reply)) break;
        this.#claimed(args, first, reply[1], place);
        // Entries that were deleted from the stream.
        if (Array.isArray(reply[2])) this.#settled(args, first, reply[2], place);
        break;
      case "remove":
        for (let i = first; i < args.length; i++) this.#pending.removeOf(place + String(args[i]));
        break;
      case "changeGroup":
        this.#groupChanged(args, first, place);
        break;
      default:
        command satisfies never;
    }
  }

  // A separate method: a closure in `answered` would allocate at each call.
  #read(reply: unknown): void {
    forEachStream(reply, (stream, entries) => this.of(stream)?.received(poppedCount(entries)));
  }

  #readForGroup(args: readonly unknown[], reply: unknown, place: string): void {
    const isSettled = needsNoAcknowledgement(args);
    const [group, consumer] = readerOf(args);
    forEachStream(reply, (stream, entries) => {
      if (!asksForNew(args, String(stream))) return;
      this.of(stream)?.received(poppedCount(entries));
      if (!isSettled) this.#delivered(place, [String(stream), group, consumer], entries);
    });
  }

  #claimed(args: readonly unknown[], first: number, entries: unknown, place: string): void {
    const [stream = "", group = "", consumer = ""] = args.slice(first, first + 3).map(String);
    this.of(stream)?.received(poppedCount(entries));
    this.#delivered(place, [stream, group, consumer], entries);
  }

  #delivered(
    place: string,
    [stream, group, consumer]: readonly [string, string, string],
    entries: unknown,
  ): void {
    if (!Array.isArray(entries) || entries.length === 0 || this.of(stream) === undefined) return;
    const startMillis = performance.now();
    const inFlight = this.#inFlight.of(stream);
    const owner = { startMillis, stream: place + stream, group, consumer, inFlight };
    for (const entry of entries) this.#pending.add(entry, owner);
  }

  #settled(args: readonly unknown[], first: number, ids: readonly unknown[], place: string): void {
    const [stream, group] = [place + String(args[first]), String(args[first + 1])];
    for (const id of ids) this.#pending.remove(stream, group, id);
  }

  #groupChanged(args: readonly unknown[], first: number, place: string): void {
    const [subcommand = "", stream = "", group, consumer] = args.slice(first).map(String);
    const change = subcommand.toLowerCase();
    if (change === "destroy") this.#pending.removeOf(place + stream, group);
    else if (change === "delconsumer") this.#pending.removeOf(place + stream, group, consumer);
  }
}

// In a transaction the reply is QUEUED and the result comes later; a conditional command may do nothing.
function isRefused(reply: unknown): boolean {
  if (reply === null || reply === undefined) return true;
  if (typeof reply === "string") return reply === "QUEUED";
  return reply instanceof Uint8Array && reply.length === QUEUED.length && QUEUED.equals(reply);
}

const QUEUED = Buffer.from("QUEUED");
