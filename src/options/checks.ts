// What a value may be, said once: each check knows the words for what is allowed.

/** Tells whether a value may be used as a `T`, and in words what would be. */
export interface Check<T> {
  readonly allowed: string;
  /** The usable value, or `undefined` where it is not usable. */
  readonly read: (value: unknown) => T | undefined;
}

/** Text that is not empty. */
export const text: Check<string> = {
  allowed: "a text that is not empty",
  read: (value) => (typeof value === "string" && value.trim() !== "" ? value : undefined),
};

export const flag: Check<boolean> = {
  allowed: "true or false",
  read: (value) => (typeof value === "boolean" ? value : undefined),
};

/** Whether an endpoint answers the health paths, or those alone who are authenticated. */
export const healthAccess: Check<boolean | "authenticated"> = {
  allowed: "true, false or 'authenticated'",
  read: (value) => (typeof value === "boolean" || value === "authenticated" ? value : undefined),
};

// Longer delays make a timer of Node.js fire at once.
const MAX_TIMER_SECONDS = 2_147_483;

/** A number of seconds above zero that a timer can wait. */
export const duration: Check<number> = {
  allowed: `a number of seconds above 0, at most ${MAX_TIMER_SECONDS}`,
  read: (value) => (typeof value === "number" && value > 0 && value <= MAX_TIMER_SECONDS ? value : undefined),
};

/** A whole number from `lowest` to `highest`. */
export function whole(lowest: number, highest: number): Check<number> {
  return {
    allowed: `a whole number from ${lowest} to ${highest}`,
    read: (value) =>
      typeof value === "number" && Number.isInteger(value) && value >= lowest && value <= highest
        ? value
        : undefined,
  };
}

export function oneOf<const T extends string>(...words: readonly T[]): Check<T> {
  return {
    allowed: `one of ${words.map((word) => `'${word}'`).join(", ")}`,
    read: (value) => words.find((word) => word === value),
  };
}

/** A value that may also be left out. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return check;
}

/** An http or https URL. */
export const url: Check<string> = {
  allowed: "an http:// or https:// URL",
  read: (value) =>
    typeof value === "string" && /^https?:\/\//i.test(value) && URL.canParse(value) ? value : undefined,
};

/** An http or https URL without user and password. */
export const plainUrl: Check<string> = {
  allowed: `${url.allowed} without user and password`,
  read: (value) => {
    const known = url.read(value);
    if (known === undefined) return undefined;
    const { username, password } = new URL(known);
    return username === "" && password === "" ? known : undefined;
  },
};

/** Texts by name, such as HTTP headers. */
export const texts: Check<Readonly<Record<string, string>>> = {
  allowed: "an object of texts",
  read: (value) => (isTexts(value) ? value : undefined),
};

/** Attributes as OpenTelemetry has them: texts, numbers, booleans and arrays of these. */
export const attributes: Check<Readonly<Record<string, AttributeLike>>> = {
  allowed: "an object whose values are texts, numbers, booleans or arrays of one of these",
  read: (value) => (isAttributes(value) ? value : undefined),
};

/** What OpenTelemetry takes as an attribute's value. */
export type AttributeLike = string | number | boolean | string[] | number[] | boolean[];

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((entry) => typeof entry === "string");
}

function isAttributes(value: unknown): value is Readonly<Record<string, AttributeLike>> {
  return isObject(value) && Object.values(value).every(isAttributeValue);
}

function isAttributeValue(value: unknown): boolean {
  if (Array.isArray(value)) {
    return value.every((entry) => isPrimitive(entry) && typeof entry === typeof value[0]);
  }
  return isPrimitive(value);
}

function isPrimitive(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
