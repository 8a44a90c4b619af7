// Names of destinations, locks and elections, of which there may be one a user, as few values of attributes.
import { LogOnce } from "../../src/diagnostics/log-once.ts";
import { BoundedNames } from "../../src/recording/bounded-names.ts";
import type { NamingConfig } from "./options.ts";
import type { Recording } from "./recording.ts";

const MAX_KNOWN_NAMES = 100;
const SIGNS: NameSigns = { parts: /[^/:,]+/g, any: "*", tooLong: "*" };

const MAX_REMEMBERED = 1_000;
// Longer names are not remembered: a thousand keys of a megabyte are a gigabyte.
const MAX_LENGTH = 512;

const MAX_PART_LENGTH = 32;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const CREDENTIALS_OF_URL = /(?<=:\/\/)[^/?#]*@/g;
const HEXADECIMAL = /^(0x)?[0-9a-f]{8,}$/i;

/**
 * Names that `choose`, a function of the application's, returns. Errors, and results that are no text, are logged once,
 * with what happens to things for which it fails (`otherwise`).
 */
export class ChosenName<Given> {
  readonly #choose: ((given: Given) => string) | undefined;
  readonly #complaint: string;
  readonly #once = new LogOnce();

  /** @param option the option that has the function. */
  constructor(
    { name }: Recording<unknown>,
    option: string,
    choose: ((given: Given) => string) | undefined,
    otherwise = "what it fails for is named by the default",
  ) {
    this.#choose = choose;
    this.#complaint = `instrumentation ${name}: option "${option}" failed; ${otherwise}`;
  }

  /** The chosen name; `undefined` without a function, or if it fails for `given`. */
  of(given: Given): string | undefined {
    if (this.#choose === undefined) return undefined;
    try {
      const name: unknown = this.#choose(given);
      if (typeof name === "string") return name;
      throw new TypeError(`it gave no text but ${typeof name}`);
    } catch (error) {
      this.#once.error("", () => this.#complaint, error);
      return undefined;
    }
  }
}

/** Names by option `name`, or with `*` for what looks like an id; at most 100, further ones are `_other`. */
export class KnownNames {
  readonly #chosen: ChosenName<string>;
  readonly #byGiven = new Map<string, string>();
  readonly #names = new BoundedNames(MAX_KNOWN_NAMES);

  constructor(recording: Recording<NamingConfig>) {
    this.#chosen = new ChosenName(recording, "name", recording.config.name);
  }

  /** The name of what the library calls `given`. */
  of(given: string): string {
    const known = this.#byGiven.get(given);
    if (known !== undefined) return known;
    const name = this.#names.of(this.#chosen.of(given) ?? nameTemplate(given, SIGNS));
    remember(this.#byGiven, given, name);
    return name;
  }
}

/** Keeps `value` for `name` in `known`, which starts anew at 1,000; names of more than 512 characters are left out. */
export function remember<Value>(known: Map<string, Value>, name: string, value: Value): void {
  if (name.length > MAX_LENGTH) return;
  if (known.size >= MAX_REMEMBERED) known.clear();
  known.set(name, value);
}

/** The syntax of a system's names. */
export interface NameSigns {
  /** Finds each part of a name, globally: `/[^/]+/g` if `/` separates them. */
  readonly parts: RegExp;
  /** Stands for any one part. */
  readonly any: string;
  /** Stands for a name of more than 512 characters. */
  readonly tooLong: string;
}

/**
 * `name` with the sign for any part in place of each part that looks like an id: a number, a UUID, 8 hexadecimal digits
 * or more, or more than 32 characters of anything. A URL loses its user and password.
 *
 * @example
 * nameTemplate("plant/7/robots/9f86d081", { parts: /[^/]+/g, any: "+", tooLong: "#" }); // "plant/+/robots/+"
 */
export function nameTemplate(name: string, { parts, any, tooLong }: NameSigns): string {
  if (name.length > MAX_LENGTH) return tooLong;
  return name
    .replaceAll(CREDENTIALS_OF_URL, "")
    .replaceAll(parts, (part) => (looksLikeId(part) ? any : part));
}

function looksLikeId(part: string): boolean {
  return part.length > MAX_PART_LENGTH || NUMBER.test(part) || UUID.test(part) || HEXADECIMAL.test(part);
}

// The defaults of Bull and BullMQ, and of Socket.IO's adapter and emitter.
const claimed = ["bull:", "socket.io#", "socket.io-request#", "socket.io-response#"];
const MAX_CLAIMED = 100;

/**
 * Leaves out keys, channels and the like that begin with `prefix`, from now on: messages that a library with its own
 * instrumentation sends over another one's client. At most 100 prefixes.
 */
export function claimNames(prefix: string): void {
  if (!claimed.includes(prefix) && claimed.length < MAX_CLAIMED) claimed.push(prefix);
}

/** How many prefixes are claimed. If the number changes, what was remembered of names no longer holds. */
export function claimedPrefixes(): number {
  return claimed.length;
}

/** Whether `name` belongs to a library that has its own instrumentation. */
export function isClaimed(name: string): boolean {
  for (const prefix of claimed) if (name.startsWith(prefix)) return true;
  return false;
}

/**
 * Values by the UTF-8 bytes of a name. Keeps the latest one of each receiver: most subscriptions get the same name each
 * time, which is compared and not decoded.
 */
export class LatestBytes<Value> {
  readonly #valueOf: (name: string, receiver: object) => Value;
  readonly #latest = new WeakMap<object, { readonly bytes: Uint8Array; readonly value: Value }>();

  constructor(valueOf: (name: string, receiver: object) => Value) {
    this.#valueOf = valueOf;
  }

  of(bytes: Uint8Array, receiver: object): Value {
    const latest = this.#latest.get(receiver);
    if (latest !== undefined && isEqual(latest.bytes, bytes)) return latest.value;
    const value = this.#valueOf(Buffer.from(bytes).toString(), receiver);
    this.#latest.set(receiver, { bytes: new Uint8Array(bytes), value });
    return value;
  }
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}
