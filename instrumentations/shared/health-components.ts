// The health of an application's parts, as libraries know it.
import { Health, type HealthStatus } from "../../src/facades/index.ts";
import { KnownNames } from "./names.ts";
import type { HealthConfig } from "./options.ts";
import type { Recording } from "./recording.ts";

/** The components of one instrumentation. Those that the application itself reports stay as they are. */
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
