// Bounds the attribute values for names of destinations, locks and elections, of which there may be one for each
// user.
import { LogOnce } from "../../src/diagnostics/log-once.ts";
import { detachString } from "../../src/io/detach-string.ts";
import { check, type Check } from "../../src/options/check.ts";
import { BoundedNames, MAX_NAME_LENGTH, OTHER_NAME } from "../../src/recording/bounded-names.ts";
import type { NamingConfig } from "./options.ts";
import type { Recording } from "./recording.ts";

const MAX_KNOWN_NAMES = 100;
const SIGNS: NameSigns = { parts: /[^/:,]+/g, any: "*", tooLong: "*" };
/** Signs of names in which no id is replaced. */
export const NAMES_WITH_IDS: NameSigns = { parts: /(?!)/g, any: "", tooLong: OTHER_NAME };

const MAX_REMEMBERED = 1_000;

const MAX_PART_LENGTH = 32;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const CREDENTIALS_OF_URL = /(?<=:\/\/)[^/?#]*@/g;
const HEXADECIMAL = /^(0x)?[0-9a-f]{8,}$/i;

/**
 * Results of `choose`, a function of the application. Errors and results of another type are logged once, with the
 * fallback that is used instead (`otherwise`).
 */
export class Chosen<Given extends readonly unknown[], Result> {
  readonly #choose: (...given: Given) => unknown;
  readonly #check: Check<Result>;
  readonly #complaint: string;
  readonly #once = new LogOnce();

  /** @param option name of the option that holds the function. */
  constructor(
    { name }: Recording<unknown>,
    option: string,
    choose: (...given: Given) => unknown,
    result: Check<Result>,
    otherwise: string,
  ) {
    this.#choose = choose;
    this.#check = result;
    this.#complaint = `instrumentation ${name}: option "${option}" failed; ${otherwise}`;
  }

  /** Returns the result; `undefined` if the function fails for `given`. */
  of(...given: Given): Result | undefined {
    try {
      const result = this.#choose(...given);
      const read = this.#check.read(result);
      if (read !== undefined) return read;
      // An unhandled rejection would end the process.
      if (result instanceof Promise) result.catch(() => {});
      throw new TypeError(
        `it must ${this.#check.must}, got ${result instanceof Promise ? "a promise" : typeof result}`,
      );
    } catch (error) {
      this.#once.error("", () => this.#complaint, error);
      return undefined;
    }
  }
}

const NAME = check("return a string", (value): value is string => typeof value === "string");

/** Names returned by a function of the application. */
export class ChosenName<Given> {
  readonly #chosen: Chosen<[Given], string> | undefined;

  /** @param option name of the option that holds the function. */
  constructor(
    recording: Recording<unknown>,
    option: string,
    choose: ((given: Given) => string) | undefined,
    otherwise = "the default name is used",
  ) {
    this.#chosen = choose && new Chosen(recording, option, choose, NAME, otherwise);
  }

  /** Returns the chosen name; `undefined` without a function, or if it fails for `given`. */
  of(given: Given): string | undefined {
    return this.#chosen?.of(given);
  }
}

/** Names by option `name`, or by `signs`: with `*` in place of ids. At most 100, further ones are `_other`. */
export class KnownNames {
  readonly #chosen: ChosenName<string>;
  readonly #signs: NameSigns;
  readonly #byGiven = new Map<string, string>();
  readonly #names = new BoundedNames(MAX_KNOWN_NAMES);

  constructor(recording: Recording<NamingConfig>, signs: NameSigns = SIGNS) {
    this.#signs = signs;
    this.#chosen = new ChosenName(recording, "name", recording.config.name);
  }

  /** Returns the name for the library's name `given`. */
  of(given: string): string {
    const known = this.#byGiven.get(given);
    if (known !== undefined) return known;
    const name = detachString(this.#names.of(this.#chosen.of(given) ?? nameTemplate(given, this.#signs)));
    remember(this.#byGiven, given, name);
    return name;
  }
}

/**
 * Stores `value` for `name` in `known`, which is cleared at 1,000 entries. Names of more than 512 characters are not
 * stored.
 */
export function remember<Value>(known: Map<string, Value>, name: string, value: Value): void {
  // A thousand keys of a megabyte would take a gigabyte.
  if (name.length > MAX_NAME_LENGTH) return;
  if (known.size >= MAX_REMEMBERED) known.clear();
  // It may be a part of a request, which would be kept.
  known.set(known.has(name) ? name : detachString(name), value);
}

/** The syntax of a system's names. */
export interface NameSigns {
  /** Matches each part of a name, globally: `/[^/]+/g` if `/` separates them. */
  readonly parts: RegExp;
  /** Replacement of one part. */
  readonly any: string;
  /** Replacement of a name of more than 512 characters. */
  readonly tooLong: string;
}

/**
 * Returns `name` with a placeholder for each part that looks like an id. These are a number, a UUID, 8 or more
 * hexadecimal digits, or any text of more than 32 characters. User and password are removed from a URL.
 *
 * @example
 * nameTemplate("plant/7/robots/9f86d081", { parts: /[^/]+/g, any: "+", tooLong: "#" }); // "plant/+/robots/+"
 */
export function nameTemplate(name: string, { parts, any, tooLong }: NameSigns): string {
  if (name.length > MAX_NAME_LENGTH) return tooLong;
  return name
    .replaceAll(CREDENTIALS_OF_URL, "")
    .replaceAll(parts, (part) => (looksLikeId(part) ? any : part));
}

function looksLikeId(part: string): boolean {
  return part.length > MAX_PART_LENGTH || NUMBER.test(part) || UUID.test(part) || HEXADECIMAL.test(part);
}

// Default prefixes of Bull and BullMQ, and of the adapter and emitter of Socket.IO.
const claimed = ["bull:", "socket.io#", "socket.io-request#", "socket.io-response#"];
const MAX_CLAIMED = 100;

/**
 * Ignores keys, channels and other names that begin with `prefix` from now on. They belong to a library that has its
 * own instrumentation and uses the client of another one. At most 100 prefixes.
 */
export function claimNames(prefix: string): void {
  if (!claimed.includes(prefix) && claimed.length < MAX_CLAIMED) claimed.push(prefix);
}

/** Returns the number of claimed prefixes. If it changes, cached names are no longer valid. */
export function claimedPrefixes(): number {
  return claimed.length;
}

/** Whether `name` belongs to a library that has its own instrumentation. */
export function isClaimed(name: string): boolean {
  for (const prefix of claimed) if (name.startsWith(prefix)) return true;
  return false;
}

/**
 * Caches a value by the UTF-8 bytes of a name, the latest one for each receiver. Most subscriptions get the same name
 * each time, so that it is compared instead of decoded.
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
