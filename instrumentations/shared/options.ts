// Options of instrumentations, which are checked before any code of an instrumentation is loaded.
import type { Coordination, Health, Messaging } from "../../src/facades/index.ts";
import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import type { OptionsProblem } from "../../src/options/options-error.ts";
import { Parser } from "../../src/options/parser.ts";
import { type Check, check, flag, whole, withMethods } from "../../src/options/check.ts";

/** A check of one option. */
export type OptionCheck = Check<unknown>;

/** The options of an instrumentation, each of them. All may be left out. */
export type OptionChecks<Config> = {
  readonly [Option in Exclude<keyof Config, "enabled">]-?: OptionCheck;
};

/** An option that is a function, in words: `a function that gives a name`. */
export function functionOption(what: string): OptionCheck {
  return check(`be ${what}`, (value): value is object => typeof value === "function");
}

/** An option that is a facade, known by one of its methods: there may be two copies of its class. */
export function facadeOption(name: string, method: string): OptionCheck {
  return withMethods(`be ${name}`, method);
}

/** An option that is on or off. */
export const flagOption: OptionCheck = flag;

/** All that is wrong with what was given as the options of an instrumentation, at `place`. */
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
   * Returns the name under which a thing is recorded, from its name in the library, in place of the instrumentation's
   * own rule. At most 100 names; further ones are recorded as `_other`.
   */
  name?: (given: string) => string;
}

export const NAMING_OPTIONS: OptionChecks<NamingConfig> = {
  name: functionOption("a function that gives a name of what the library calls it"),
};

/** Options of all instrumentations of messaging libraries. */
export interface MessagingConfig extends InstrumentationConfig {
  /** Where the messages are recorded; by default a facade of the instrumentation's own, on its meter provider. */
  messaging?: Messaging;
  /**
   * Returns the destination's name from what the library calls it, in place of the instrumentation's own rule. At most
   * `maxDestinations` names of one system; further ones are recorded as `_other`.
   */
  destination?: (given: string) => string;
  /** Maximum number of destinations. If `messaging` is given, that facade's own number holds. @defaultValue 100 */
  maxDestinations?: number;
}

export const MESSAGING_OPTIONS: OptionChecks<MessagingConfig> = {
  messaging: facadeOption("a Messaging", "destination"),
  destination: functionOption("a function that gives a destination's name of what the library calls it"),
  maxDestinations: whole(1, 10_000_000),
};

/** Options of the instrumentations of Redis' clients: `destination` names a channel, a stream's key or a list's key. */
export interface RedisConfig extends MessagingConfig {
  /** Whether a channel, stream or list is no queue of messages: nothing is recorded of it. */
  ignore?: (given: string) => boolean;
}

export const REDIS_OPTIONS: OptionChecks<RedisConfig> = {
  ...MESSAGING_OPTIONS,
  ignore: functionOption("a function that tells of a name whether it is to be left out"),
};

/** Options of all instrumentations that record health. */
export interface HealthConfig extends InstrumentationConfig, NamingConfig {
  /** Where it is recorded; by default a facade of the instrumentation's own, on its meter provider. */
  health?: Health;
  /**
   * Whether the application is unhealthy if one of these components is; else it is degraded.
   *
   * @defaultValue false: the library does not know whether the application works without a part of it
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
  /** Where it is recorded; by default a facade of the instrumentation's own, on its meter provider. */
  coordination?: Coordination;
}

export const NODES_OPTIONS: OptionChecks<NodesConfig> = {
  coordination: facadeOption("a Coordination", "lockAcquired"),
};

/** Options of instrumentations of libraries with locks. */
export interface LocksConfig extends NodesConfig, NamingConfig {}

export const LOCKS_OPTIONS: OptionChecks<LocksConfig> = { ...NAMING_OPTIONS, ...NODES_OPTIONS };

/** Options of the instrumentations of Kafka's clients: `destination` names a topic; default: the topic itself. */
export interface KafkaConfig extends MessagingConfig, NodesConfig {}

export const KAFKA_OPTIONS: OptionChecks<KafkaConfig> = { ...MESSAGING_OPTIONS, ...NODES_OPTIONS };

/** Options of all instrumentations of pools of workers. */
export interface PoolConfig extends InstrumentationConfig {
  /**
   * Returns attribute `kernel.pool.name` of a pool whose workers run `script`, which is `undefined` for a pool without
   * one; by default the script's base name. At most 100 names; further ones are `_other`.
   */
  name?: (script: string | undefined) => string;
}

export const POOL_OPTIONS: OptionChecks<PoolConfig> = {
  name: functionOption("a function that gives a pool's name of its script"),
};
