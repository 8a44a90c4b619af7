// What instrumentations of libraries that know how well an application is have in common.
import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import { Health, type HealthStatus } from "../../src/facades/index.ts";
import { KnownNames, NAMING_OPTIONS, type NamingConfig } from "./known-names.ts";
import { facadeOption, flagOption, type OptionChecks } from "./options.ts";
import type { Recording } from "./recording.ts";

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

/** The components of one instrumentation. Those of which the application itself tells stay as they are. */
export class Components {
  readonly #health: Health;
  readonly #names: KnownNames;
  readonly #critical: boolean;

  constructor(recording: Recording<HealthConfig>) {
    const { health, critical } = recording.config;
    this.#health = health ?? new Health({ meterProvider: recording.meterProvider });
    this.#names = new KnownNames(recording);
    this.#critical = critical ?? false;
  }

  /** The component of what the library calls `given`. */
  nameOf(given: string): string {
    return this.#names.of(given);
  }

  /** Sets the status of a component, by its name. */
  set(component: string, status: HealthStatus, reason?: string): void {
    this.#health.find(component, status, { critical: this.#critical, reason });
  }

  /** Counts a check of a component, by its name, and sets its status. */
  checked(component: string, status: HealthStatus, seconds: number | undefined, reason?: string): void {
    this.#health.find(component, status, { critical: this.#critical, reason, check: { seconds } });
  }

  /** Takes a component out, by its name. */
  remove(component: string): void {
    this.#health.forget(component);
  }
}
