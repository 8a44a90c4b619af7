// How the durable outbox is set up.
import { show } from "../../diagnostics/show.ts";

/** Where what was collected waits on disk until it is delivered, and how much of it. */
export interface OutboxOptions {
  /**
   * The folder, of a file system of this machine; made where it does not exist. Any number of processes, worker threads
   * and containers of one machine share it: each keeps a folder of its own beneath it and takes over those whose owner
   * is gone. Machines do not share one.
   */
  readonly directory: string;
  /**
   * Bytes that one process may keep there; beyond them the oldest are dropped and counted.
   *
   * @defaultValue 268435456
   */
  readonly maxBytes?: number | undefined;
  /**
   * How old a record may become, in seconds, before it is dropped and counted. The end of an outage is noticed within a
   * minute: one of which nothing may be lost must be shorter by that than this.
   *
   * @defaultValue 86400
   */
  readonly maxAge?: number | undefined;
  /**
   * How many times faster than records are produced those that wait are delivered once the receiver is back.
   *
   * @defaultValue 20
   */
  readonly catchUp?: number | undefined;
  /**
   * Whether a collection is acknowledged only once it would survive a loss of power, or already when it would survive
   * the end of the process.
   *
   * @defaultValue "collection"
   */
  readonly fsync?: "collection" | "never" | undefined;
}

/** The options with their defaults. */
export interface OutboxSettings {
  readonly directory: string;
  readonly maxBytes: number;
  readonly maxAge: number;
  readonly catchUp: number;
  readonly fsync: "collection" | "never";
}

/** One thing that is wrong: the option, what was given, and what would be right. */
export interface OutboxOptionsProblem {
  readonly name: string;
  readonly value: unknown;
  readonly allowed: string;
}

/** Thrown at once where the outbox's options cannot be used. Holds all problems. */
export class OutboxOptionsError extends Error {
  override readonly name = "OutboxOptionsError";
  readonly code = "TACHYMETER_OUTBOX_OPTIONS";
  readonly problems: readonly OutboxOptionsProblem[];

  constructor(problems: readonly OutboxOptionsProblem[]) {
    super(`outbox: ${problems.map(sentence).join("; ")}`);
    this.problems = problems;
  }
}

/** All that is wrong with what was given as the outbox's options; nothing where it can be used. */
export function outboxProblems(options: unknown): readonly OutboxOptionsProblem[] {
  if (!isObject(options)) {
    return [{ name: "options", value: options, allowed: "an object with a directory" }];
  }
  const checked = Object.entries(CHECKS).filter(
    ([name, check]) => !(check.optional && options[name] === undefined) && !check.holds(options[name]),
  );
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(CHECKS, name));
  return [
    ...checked.map(([name, { allowed }]) => ({ name, value: options[name], allowed })),
    ...unknown.map((name) => ({ name, value: options[name], allowed: `one of ${NAMES} in its place` })),
  ];
}

/** Whether that can be used as the outbox's options. */
export function isOutboxOptions(options: unknown): options is OutboxOptions {
  return outboxProblems(options).length === 0;
}

/** @throws OutboxOptionsError with everything that is wrong. */
export function outboxSettings(options: OutboxOptions): OutboxSettings {
  const problems = outboxProblems(options);
  if (problems.length > 0) throw new OutboxOptionsError(problems);
  return {
    directory: options.directory,
    maxBytes: options.maxBytes ?? 268_435_456,
    maxAge: options.maxAge ?? 86_400,
    catchUp: options.catchUp ?? 20,
    fsync: options.fsync ?? "collection",
  };
}

interface OptionCheck {
  readonly allowed: string;
  readonly optional: boolean;
  readonly holds: (value: unknown) => boolean;
}

const MIN_BYTES = 65_536;

const CHECKS: Readonly<Record<keyof OutboxOptions, OptionCheck>> = {
  directory: {
    allowed: "the path of a folder",
    optional: false,
    holds: (value) => typeof value === "string" && value.trim() !== "" && !value.includes("\0"),
  },
  maxBytes: {
    allowed: `a whole number of bytes, ${MIN_BYTES} or more`,
    optional: true,
    holds: (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= MIN_BYTES,
  },
  maxAge: {
    allowed: "a number of seconds above 0",
    optional: true,
    holds: (value) => typeof value === "number" && Number.isFinite(value) && value > 0,
  },
  catchUp: {
    allowed: "a number of 1 or more",
    optional: true,
    holds: (value) => typeof value === "number" && Number.isFinite(value) && value >= 1,
  },
  fsync: {
    allowed: "'collection' or 'never'",
    optional: true,
    holds: (value) => value === "collection" || value === "never",
  },
};

const NAMES = Object.keys(CHECKS).join(", ");

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sentence({ name, value, allowed }: OutboxOptionsProblem): string {
  return `${name} is ${show(value)}, which is not usable; give ${allowed}`;
}
