// Names of destinations, locks and elections, of which there may be one a user, as few values of attributes.
import { LogOnce } from "../../src/diagnostics/log-once.ts";
import { BoundedNames } from "../../src/recording/bounded-names.ts";
import type { NamingConfig } from "./option-sets.ts";
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

/** A function of the application's that returns names. */
export interface ChosenNaming<Given> {
  /** The option that has the function. */
  readonly option: string;
  readonly choose: ((given: Given) => string) | undefined;
  /** What happens to things for which it fails, for the log. */
  readonly otherwise: string;
}

/** Names that a function of the application's returns. Errors, and results that are no text, are logged once. */
export class ChosenName<Given> {
  readonly #instrumentation: string;
  readonly #naming: ChosenNaming<Given>;
  readonly #once = new LogOnce();

  constructor({ name }: Recording<unknown>, naming: ChosenNaming<Given>) {
    this.#instrumentation = name;
    this.#naming = naming;
  }

  /** The chosen name; `undefined` without a function, or if it fails for `given`. */
  of(given: Given): string | undefined {
    const { choose } = this.#naming;
    if (choose === undefined) return undefined;
    try {
      const name: unknown = choose(given);
      if (typeof name === "string") return name;
      this.#failed(new TypeError(`it gave no text but ${typeof name}`));
    } catch (error) {
      this.#failed(error);
    }
    return undefined;
  }

  #failed(error: unknown): void {
    const { option, otherwise } = this.#naming;
    this.#once.error(
      "",
      () => `instrumentation ${this.#instrumentation}: option "${option}" failed; ${otherwise}`,
      error,
    );
  }
}

/** Names by option `name`, or with `*` for what looks like an id; at most 100, further ones are `_other`. */
export class KnownNames {
  readonly #chosen: ChosenName<string>;
  readonly #byGiven = new Map<string, string>();
  readonly #names = new BoundedNames(MAX_KNOWN_NAMES);

  constructor(recording: Recording<NamingConfig>) {
    this.#chosen = new ChosenName(recording, {
      option: "name",
      choose: recording.config.name,
      otherwise: "what it fails for is named by the default",
    });
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
