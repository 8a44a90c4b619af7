// Health of an application's components, as reported by libraries.
import { Health } from "../../src/facades/health/index.ts";
import type { HealthStatus } from "../../src/facades/health/report.ts";
import { KnownNames } from "./names.ts";
import type { HealthConfig } from "./options.ts";
import type { Recording } from "./recording.ts";

/** Components of one instrumentation. Components that the application itself reports are not changed. */
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

  /** Returns the component for the library's name `given`. */
  nameOf(given: string): string {
    return this.#names.of(given);
  }

  /** Sets the status of a component. */
  set(component: string, status: HealthStatus, reason?: string): void {
    this.#health.find(component, status, { critical: this.#critical, reason });
  }

  /** Counts a check of a component and sets its status. */
  checked(component: string, status: HealthStatus, seconds: number | undefined, reason?: string): void {
    this.#health.find(component, status, { critical: this.#critical, reason, check: { seconds } });
  }

  /** Removes a component. */
  remove(component: string): void {
    this.#health.forget(component);
  }
}
