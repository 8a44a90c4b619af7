// Rules for values: each check has its rule in words.

/** Whether a value may be used as a `T`, and the rule in words. */
export interface Check<T> {
  /** What the value must be: `be true or false`. */
  readonly must: string;
  /** The usable value, or `undefined` if it is not usable. */
  readonly read: (value: unknown) => T | undefined;
}

export type Checks<Fields> = { readonly [Name in keyof Fields]-?: Check<NonNullable<Fields[Name]>> };

/** What was parsed by them: the fields that were given. */
export type Parsed<Fields> = { -readonly [Name in keyof Fields]?: NonNullable<Fields[Name]> };

export function check<T>(must: string, holds: (value: unknown) => value is T): Check<T> {
  return { must, read: (value) => (holds(value) ? value : undefined) };
}

export const text: Check<string> = {
  must: "be a text that is not empty",
  read: (value) => (typeof value === "string" && value.trim() !== "" ? value : undefined),
};

export const flag: Check<boolean> = {
  must: "be true or false",
  read: (value) => (typeof value === "boolean" ? value : undefined),
};

/** Whether an endpoint answers the health paths, or those alone who are authenticated. */
export const healthAccess: Check<boolean | "authenticated"> = {
  must: "be true, false or 'authenticated'",
  read: (value) => (typeof value === "boolean" || value === "authenticated" ? value : undefined),
};

/** Longest time-out of Node.js timers in seconds; longer ones fire at once. */
export const MAX_TIMER_SECONDS = 2_147_483;

/** Whether `value` is a number of seconds above 0 and not beyond that limit. */
export function isTimerSeconds(value: unknown): value is number {
  return typeof value === "number" && value > 0 && value <= MAX_TIMER_SECONDS;
}

/** A number of seconds above zero that a timer can wait. */
export const duration: Check<number> = check(
  `be a number of seconds above 0, at most ${MAX_TIMER_SECONDS}`,
  isTimerSeconds,
);

/** A variable's number of milliseconds that a timer can wait. */
export const timerMillis: Check<number> = {
  must: "be a number of milliseconds above 0",
  read: (value) =>
    typeof value === "number" && value > 0 && value <= MAX_TIMER_SECONDS * 1_000 ? value : undefined,
};

/** The same in milliseconds, of an option in seconds. */
export const durationMillis: Check<number> = inMillis(duration);

/** A check of seconds whose values are milliseconds. */
export function inMillis({ must, read }: Check<number>): Check<number> {
  return {
    must,
    read: (value) => {
      const seconds = read(value);
      return seconds === undefined ? undefined : seconds * 1_000;
    },
  };
}

/** A finite number from `lowest` on, or above it. */
export function number(must: string, lowest: number, isAbove = false): Check<number> {
  return check(
    must,
    (value): value is number =>
      typeof value === "number" && Number.isFinite(value) && (isAbove ? value > lowest : value >= lowest),
  );
}

export function bytes(lowest: number): Check<number> {
  return { ...whole(lowest, Number.MAX_SAFE_INTEGER), must: `be a whole number of bytes, ${lowest} or more` };
}

export function path(what: string): Check<string> {
  return check(
    `be the path of ${what}`,
    (value): value is string => typeof value === "string" && value.trim() !== "" && !value.includes("\0"),
  );
}

/** An object with these methods: there may be several copies of a class, so none is asked for by `instanceof`. */
export function withMethods<T extends object = object>(
  must: string,
  ...methods: readonly string[]
): Check<T> {
  return check(
    must,
    (value): value is T => typeof value === "object" && value !== null && hasMethods(value, methods),
  );
}

function hasMethods(value: object, methods: readonly string[]): boolean {
  try {
    return methods.every((method) => typeof Reflect.get(value, method) === "function");
  } catch {
    // It may be a proxy.
    return false;
  }
}

export function whole(lowest: number, highest: number): Check<number> {
  return {
    must: `be a whole number from ${lowest} to ${highest}`,
    read: (value) =>
      typeof value === "number" && Number.isInteger(value) && value >= lowest && value <= highest
        ? value
        : undefined,
  };
}

export function oneOf<const T extends string>(...words: readonly T[]): Check<T> {
  return {
    must: `be one of ${words.map((word) => `'${word}'`).join(", ")}`,
    read: (value) => words.find((word) => word === value),
  };
}

export function optional<T>(rule: Check<T>): Check<T | undefined> {
  return rule;
}

export const url: Check<string> = {
  must: "be an http:// or https:// URL",
  read: (value) =>
    typeof value === "string" && /^https?:\/\//i.test(value) && URL.canParse(value) ? value : undefined,
};

export const plainUrl: Check<string> = {
  must: `${url.must} without user and password`,
  read: (value) => {
    const known = url.read(value);
    if (known === undefined) return undefined;
    const { username, password } = new URL(known);
    return username === "" && password === "" ? known : undefined;
  },
};

/** Texts by name, such as HTTP headers. */
export const texts: Check<Readonly<Record<string, string>>> = {
  must: "be an object of texts",
  read: (value) => (isTexts(value) ? value : undefined),
};

/** Attributes as OpenTelemetry has them: texts, numbers, booleans and arrays of these. */
export const attributes: Check<Readonly<Record<string, AttributeLike>>> = {
  must: "be an object whose values are texts, numbers, booleans or arrays of one of these",
  read: (value) => (isAttributes(value) ? value : undefined),
};

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
