// Checks of values. Each has its rule as text, for error messages.

/** A check of one value, with its rule as text. */
export interface Check<T> {
  /** The rule as it follows "must": `be true or false`. */
  readonly must: string;
  /** Returns the parsed value, or `undefined` if it is invalid. */
  readonly read: (value: unknown) => T | undefined;
}

export type Checks<Fields> = { readonly [Name in keyof Fields]-?: Check<NonNullable<Fields[Name]>> };

/** Parsed options: the fields that were given and are valid. */
export type Parsed<Fields> = { -readonly [Name in keyof Fields]?: NonNullable<Fields[Name]> };

export function check<T>(must: string, holds: (value: unknown) => value is T): Check<T> {
  return { must, read: (value) => (holds(value) ? value : undefined) };
}

export const text: Check<string> = {
  must: "be a non-empty string",
  read: (value) => (typeof value === "string" && value.trim() !== "" ? value : undefined),
};

export const flag: Check<boolean> = {
  must: "be true or false",
  read: (value) => (typeof value === "boolean" ? value : undefined),
};

/** Access to the health paths of an endpoint: for all clients, for none, or for authenticated clients only. */
export const healthAccess: Check<boolean | "authenticated"> = {
  must: "be true, false or 'authenticated'",
  read: (value) => (typeof value === "boolean" || value === "authenticated" ? value : undefined),
};

/** Maximum delay of Node.js timers in seconds; a longer one fires at once. */
export const MAX_TIMER_SECONDS = 2_147_483;

/** Whether `value` is a number of seconds above 0, at most {@link MAX_TIMER_SECONDS}. */
export function isTimerSeconds(value: unknown): value is number {
  return typeof value === "number" && value > 0 && value <= MAX_TIMER_SECONDS;
}

/** A number of seconds above 0 that a timer can wait. */
export const duration: Check<number> = check(
  `be a number of seconds above 0, at most ${MAX_TIMER_SECONDS}`,
  isTimerSeconds,
);

/** A number of milliseconds above 0 that a timer can wait; for variables. */
export const timerMillis: Check<number> = {
  must: "be a number of milliseconds above 0",
  read: (value) =>
    typeof value === "number" && value > 0 && value <= MAX_TIMER_SECONDS * 1_000 ? value : undefined,
};

/** As {@link duration}, parsed to milliseconds. */
export const durationMillis: Check<number> = inMillis(duration);

/** Converts a check of seconds to one that returns milliseconds. */
export function inMillis({ must, read }: Check<number>): Check<number> {
  return {
    must,
    read: (value) => {
      const seconds = read(value);
      return seconds === undefined ? undefined : seconds * 1_000;
    },
  };
}

/** A finite number of at least `lowest`, or above `lowest` if `isAbove` is set. */
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

/** An object with these methods. `instanceof` is not used, since a class may be loaded in several copies. */
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
    // A proxy may throw.
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
  read: (value) => {
    const trimmed = typeof value === "string" ? value.trim() : "";
    return /^https?:\/\//i.test(trimmed) && URL.canParse(trimmed) ? trimmed : undefined;
  },
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

/** An object of strings. */
export const texts: Check<Readonly<Record<string, string>>> = {
  must: "be an object of strings",
  read: (value) => (isTexts(value) ? value : undefined),
};

/** Names and values of HTTP headers. */
export const headers: Check<Readonly<Record<string, string>>> = headersBy(
  "be an object of HTTP headers, each value one line",
  isHeader,
);

/** As {@link headers}, for gRPC, which allows fewer characters. */
export const grpcHeaders: Check<Readonly<Record<string, string>>> = headersBy(
  "have names of letters, digits, '_', '.' and '-', without '-bin' at the end, and ASCII values, for protocol grpc",
  isGrpcHeader,
);

function headersBy(must: string, holds: typeof isHeader): Check<Readonly<Record<string, string>>> {
  return {
    must,
    read: (value) =>
      isTexts(value) && Object.entries(value).every(([name, each]) => holds(name, each)) ? value : undefined,
  };
}

/** Whether Node.js can send this HTTP header: its name is a token as defined by RFC 9110, and its value has one line. */
export function isHeader(name: string, value: unknown): value is string {
  return (
    /^[\w!#$%&'*+.^`|~-]+$/.test(name) &&
    typeof value === "string" &&
    /^[\t\u{20}-\u{7E}\u{80}-\u{FF}]*$/u.test(value)
  );
}

/** Whether gRPC can send this header. An empty name passes, since upstream ignores it in a variable. */
export function isGrpcHeader(name: string, value: unknown): value is string {
  return /^[\w.-]*(?<!-bin)$/i.test(name) && typeof value === "string" && /^[ -~]*$/.test(value);
}

/** OpenTelemetry attributes: strings, numbers, booleans and arrays of one of these. */
export const attributes: Check<Readonly<Record<string, AttributeLike>>> = {
  must: "be an object whose values are strings, numbers, booleans or arrays of one of these",
  read: (value) => (isAttributes(value) ? value : undefined),
};

export type AttributeLike = string | number | boolean | string[] | number[] | boolean[];

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is a list of strings. */
export function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
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
