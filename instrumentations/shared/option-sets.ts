// Options that several instrumentations have. They are checked before any code of an instrumentation is loaded.
import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import type { Coordination, Health, Messaging } from "../../src/facades/index.ts";
import { facadeOption, flagOption, functionOption, type OptionCheck, type OptionChecks } from "./options.ts";

/** What instrumentations take that name things. */
export interface NamingConfig {
  /**
   * The name under which a thing is recorded, of the name that it has in the library, in place of the instrumentation's own rule.
   * There may be 100 names before further ones are recorded as `_other`.
   */
  name?: (given: string) => string;
}

/** What they may be. */
export const NAMING_OPTIONS: OptionChecks<NamingConfig> = {
  name: functionOption("a function that gives a name of what the library calls it"),
};

/** What every instrumentation of a messaging library takes. */
export interface MessagingConfig extends InstrumentationConfig {
  /** Where the messages are recorded; without it a facade of the instrumentation's own, on its meter provider. */
  messaging?: Messaging;
  /**
   * The destination's name of what the library calls it, in place of the instrumentation's own rule. There may be
   * `maxDestinations` names of one system before further ones are recorded as `_other`.
   */
  destination?: (given: string) => string;
  /**
   * How many destinations are told apart. Of a facade that is given as `messaging`, that facade's own number holds.
   *
   * @defaultValue 100
   */
  maxDestinations?: number;
}

/** What they may be. */
export const MESSAGING_OPTIONS: OptionChecks<MessagingConfig> = {
  messaging: facadeOption("a Messaging", "destination"),
  destination: functionOption("a function that gives a destination's name of what the library calls it"),
  maxDestinations: { allowed: "a whole number above 0", accepts: isCount },
};

/** What the instrumentations of Redis' clients take: `destination` names a channel, a stream's key or a list's key. */
export interface RedisConfig extends MessagingConfig {
  /** Tells which channels, streams and lists are no queues of messages: nothing is recorded of them. */
  ignore?: (given: string) => boolean;
}

/** What they may be. */
export const REDIS_OPTIONS: OptionChecks<RedisConfig> = {
  ...MESSAGING_OPTIONS,
  ignore: functionOption("a function that tells of a name whether it is to be left out"),
};

/** What every instrumentation takes that records health. */
export interface HealthConfig extends InstrumentationConfig, NamingConfig {
  /** Where it is recorded; without it a facade of the instrumentation's own, on its meter provider. */
  health?: Health;
  /**
   * Whether the whole is unhealthy where one of these components is; else it is degraded.
   *
   * @defaultValue false: whether an application can work without a part of it, the library does not say
   */
  critical?: boolean;
}

/** What they may be. */
export const HEALTH_OPTIONS: OptionChecks<HealthConfig> = {
  ...NAMING_OPTIONS,
  critical: flagOption,
  health: facadeOption("a Health", "register"),
};

/** What every instrumentation of a coordinating library takes. */
export interface CoordinationConfig extends InstrumentationConfig, NamingConfig {
  /** Where it is recorded; without it a facade of the instrumentation's own, on its meter provider. */
  coordination?: Coordination;
}

/** What option `coordination` may be. */
export const COORDINATION: OptionCheck = facadeOption("a Coordination", "lockAcquired");

/** What they may be. */
export const COORDINATION_OPTIONS: OptionChecks<CoordinationConfig> = {
  ...NAMING_OPTIONS,
  coordination: COORDINATION,
};

/** What every instrumentation of a pool of workers takes. */
export interface PoolConfig extends InstrumentationConfig {
  /**
   * Attribute `kernel.pool.name` of a pool whose workers run `script`, `undefined` where the pool was made without one;
   * in place of the script's base name. There may be 100 names before further ones are `_other`.
   */
  name?: (script: string | undefined) => string;
}

/** What they may be. */
export const POOL_OPTIONS: OptionChecks<PoolConfig> = {
  name: functionOption("a function that gives a pool's name of its script"),
};

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value > 0;
}
