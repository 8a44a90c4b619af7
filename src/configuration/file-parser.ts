// Parsing of a file's sections: the checks of options, and the place in the file that each option comes from.
import { type Check, type Checks, isObject, type Parsed } from "../options/check.ts";
import { Parser } from "../options/parser.ts";

/** Values of a section in any form; another part checks them. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- any value but null
export const any: Check<NonNullable<unknown>> = {
  must: "be given",
  read: (value) => value ?? undefined,
};

export const list: Check<readonly unknown[]> = {
  must: "be a list",
  read: (value) => (Array.isArray(value) ? value : undefined),
};

/** A list of strings, which the format also writes for include and exclude lists. */
export const texts: Check<readonly string[]> = {
  must: "be a list of strings",
  read: (value) =>
    Array.isArray(value) && value.every((each) => typeof each === "string") ? value : undefined,
};

/** Component of a file, such as an exporter: its name and its properties. */
export interface Component {
  readonly name: string;
  readonly place: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Collects problems by the paths of their values in the file. */
export class FileParser {
  readonly parser: Parser = new Parser();
  /** Sections without an effect on metrics, for one message at level debug. */
  readonly ignored: string[] = [];
  readonly #origins = new Map<string, string>();
  readonly #textOf: (place: string, value: unknown) => string | undefined;

  /** @param textOf the text of a number at a place, if JavaScript writes it otherwise. */
  constructor(textOf: (place: string, value: unknown) => string | undefined = () => undefined) {
    this.#textOf = textOf;
  }

  /**
   * A value with its numbers as the file writes them, if that differs: `"1.10"`, not 1.1. If one number of a list does,
   * all are texts.
   */
  asWritten(place: string, value: unknown): unknown {
    if (!Array.isArray(value)) return this.#textOf(place, value) ?? value;
    const written = value.map((each, i) => this.#textOf(`${place}[${i}]`, each));
    if (written.every((text) => text === undefined)) return value;
    return value.map((each, i) => written[i] ?? (typeof each === "number" ? String(each) : each));
  }

  /** The valid fields of an object. As the format says, a null field counts as left out. */
  fields<Fields>(place: string, given: unknown, checks: Checks<Fields>): Parsed<Fields> {
    return given === null || given === undefined
      ? {}
      : this.parser.fields(place, isObject(given) ? withoutNull(given) : given, checks);
  }

  /** The objects in a list. */
  items(place: string, given: unknown): readonly { readonly place: string; readonly value: unknown }[] {
    if (given === null || given === undefined) return [];
    const checked = this.parser.checked(place, given, list) ?? [];
    return checked.map((value, i) => ({ place: `${place}[${i}]`, value }));
  }

  /**
   * The one component in an object whose key is its name; its properties may be null. Unknown names get a problem, which
   * has the nearest known name.
   */
  component(place: string, given: unknown, known: readonly string[]): Component | undefined {
    const [entry, ...others] = isObject(given) ? Object.entries(given) : [];
    if (entry === undefined || others.length > 0)
      return this.parser.problem(place, given, `be an object with one of ${known.join(", ")}`);
    const [name, value] = entry;
    const inner = `${place}.${name}`;
    if (!known.includes(name)) {
      this.parser.refuseUnknown(`${place}.`, { [name]: value }, known);
      return undefined;
    }
    if (value !== null && !isObject(value))
      return this.parser.problem(inner, value, "be an object, or empty for the defaults");
    return { name, place: inner, properties: value === null ? {} : value };
  }

  /** A property of the format that this SDK does not have. */
  refuse(place: string, value: unknown, instead: string): undefined {
    return this.parser.problem(place, value, `be left out, since it is not supported; ${instead}`);
  }

  /** Records the place in the file from which an option comes. */
  origin(option: string, place: string): void {
    this.#origins.set(option, place);
  }

  /** The place in the file of an option of `start()`, or of the nearest option that contains it. */
  placeOf(option: string): string | undefined {
    for (
      let at = option;
      at !== "";
      at = at.slice(0, Math.max(at.lastIndexOf("."), at.lastIndexOf("["), 0))
    ) {
      const place = this.#origins.get(at);
      if (place !== undefined) return `${place}${option.slice(at.length)}`;
    }
    return undefined;
  }
}

function withoutNull(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

/**
 * A value without the null fields of its objects, for parts that check their options themselves. Calls `onNull` with the
 * place of each.
 */
export function withoutNulls(
  given: unknown,
  place = "",
  onNull: (place: string) => void = () => {},
): unknown {
  if (Array.isArray(given)) return given.map((each, i) => withoutNulls(each, `${place}[${i}]`, onNull));
  if (!isObject(given)) return given;
  const fields: [string, unknown][] = [];
  for (const [name, value] of Object.entries(given)) {
    if (value === null) onNull(`${place}.${name}`);
    else fields.push([name, withoutNulls(value, `${place}.${name}`, onNull)]);
  }
  return Object.fromEntries(fields);
}
