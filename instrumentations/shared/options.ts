// Options of instrumentations, which are checked before any code of an instrumentation is loaded.
import type { Coordination, Health, Messaging } from "../../src/facades/index.ts";
import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { OptionsProblem } from "../../src/options/options-error.ts";
import { Parser } from "../../src/options/parser.ts";
import { type Check, check, flag, whole, withMethods } from "../../src/options/check.ts";

/** A check of one option. */
export type OptionCheck = Check<unknown>;

/** Checks for all options of an instrumentation. Every option is optional. */
export type OptionChecks<Config> = {
  readonly [Option in Exclude<keyof Config, "enabled">]-?: OptionCheck;
};

/** An option that is a function, described by `what`: `a function that returns a name`. */
export function functionOption(what: string): OptionCheck {
  return check(`be ${what}`, (value): value is object => typeof value === "function");
}

/** An option that is a facade, recognized by one of its methods, since there may be two copies of its class. */
export function facadeOption(name: string, method: string): OptionCheck {
  return withMethods(`be ${name}`, method);
}

/** A boolean option. */
export const flagOption: OptionCheck = flag;

/** Returns all problems in the options of an instrumentation; `place` is their path. */
export function optionProblems(
  options: Readonly<Record<string, OptionCheck>>,
  given: object,
  place = "options",
): readonly OptionsProblem[] {
  const parser = new Parser();
  const checks: Readonly<Record<string, Check<{}>>> = { enabled: flag, ...options };
  parser.fields(place, given, checks);
  return parser.problems;
}

// Options that several instrumentations have.

/** Options of instrumentations that name things. */
export interface NamingConfig {
  /**
   * Returns the recorded name for the library's name of a thing, in place of the instrumentation's own rule. At most
   * 100 names; further ones are recorded as `_other`.
   */
  name?: (given: string) => string;
}

export const NAMING_OPTIONS: OptionChecks<NamingConfig> = {
  name: functionOption("a function that returns a name for the name used by the library"),
};

/** Options of all instrumentations of messaging libraries. */
export interface MessagingConfig extends InstrumentationConfig {
  /** The facade to record into; by default one on the instrumentation's meter provider. */
  messaging?: Messaging;
  /**
   * Returns the destination's name for the name used by the library, in place of the instrumentation's own rule. At
   * most `maxDestinations` names for one system; further ones are recorded as `_other`.
   */
  destination?: (given: string) => string;
  /** Maximum number of destinations. If `messaging` is set, the limit of that facade applies. @defaultValue 100 */
  maxDestinations?: number;
}

export const MESSAGING_OPTIONS: OptionChecks<MessagingConfig> = {
  messaging: facadeOption("a Messaging", "destination"),
  destination: functionOption(
    "a function that returns a destination's name for the name used by the library",
  ),
  maxDestinations: whole(1, 10_000_000),
};

/**
 * Options of the instrumentations of Redis clients: `destination` names a channel, the key of a stream, or the key of
 * a list.
 */
export interface RedisConfig extends MessagingConfig {
  /** Whether a channel, stream or list is not a queue of messages and must be ignored. */
  ignore?: (given: string) => boolean;
}

export const REDIS_OPTIONS: OptionChecks<RedisConfig> = {
  ...MESSAGING_OPTIONS,
  ignore: functionOption("a function that returns whether a name is to be ignored"),
};

/** Options of all instrumentations that record health. */
export interface HealthConfig extends InstrumentationConfig, NamingConfig {
  /** The facade to record into; by default one on the instrumentation's meter provider. */
  health?: Health;
  /**
   * Whether the application is unhealthy if one of these components is; otherwise it is degraded.
   *
   * @defaultValue false: the library does not know whether the application can work without the component
   */
  critical?: boolean;
}

export const HEALTH_OPTIONS: OptionChecks<HealthConfig> = {
  ...NAMING_OPTIONS,
  critical: flagOption,
  health: facadeOption("a Health", "register"),
};

/** Options of instrumentations that record nodes. */
export interface NodesConfig extends InstrumentationConfig {
  /** The facade to record into; by default one on the instrumentation's meter provider. */
  coordination?: Coordination;
}

export const NODES_OPTIONS: OptionChecks<NodesConfig> = {
  coordination: facadeOption("a Coordination", "lockAcquired"),
};

/** Options of instrumentations of libraries with locks. */
export interface LocksConfig extends NodesConfig, NamingConfig {}

export const LOCKS_OPTIONS: OptionChecks<LocksConfig> = { ...NAMING_OPTIONS, ...NODES_OPTIONS };

/** Options of the instrumentations of Kafka clients: `destination` names a topic; default: the topic itself. */
export interface KafkaConfig extends MessagingConfig, NodesConfig {}

export const KAFKA_OPTIONS: OptionChecks<KafkaConfig> = { ...MESSAGING_OPTIONS, ...NODES_OPTIONS };

/** Options of all instrumentations of worker pools. */
export interface PoolConfig extends InstrumentationConfig {
  /**
   * Returns attribute `kernel.pool.name` of a pool whose workers run `script`, which may be `undefined`; by default
   * the script's base name. At most 100 names; further ones are `_other`.
   */
  name?: (script: string | undefined) => string;
}

export const POOL_OPTIONS: OptionChecks<PoolConfig> = {
  name: functionOption("a function that returns a pool's name for its script"),
};
