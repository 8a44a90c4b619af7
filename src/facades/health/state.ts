// The components and checks of all `Health` facades on one provider.
import type { SharedState } from "../../recording/shared-state.ts";
import type { HealthCheck } from "./check.ts";
import type { ComponentHealth } from "./report.ts";

/** Components by name, with what finds out their status. */
export class HealthState implements SharedState {
  readonly components: Map<string, ComponentHealth> = new Map();
  readonly checks: Map<string, HealthCheck> = new Map();
  /** Components that hooks of libraries have found, and of which the application itself has reported nothing. */
  readonly found: Set<string> = new Set();

  absorb(other: HealthState): void {
    for (const [name, component] of other.components) {
      // A hook's finding does not replace what the application reports.
      if (other.found.has(name) && this.components.has(name) && !this.found.has(name)) continue;
      this.components.set(name, component);
      if (other.found.has(name)) this.found.add(name);
      else this.found.delete(name);
      const check = other.checks.get(name);
      if (check === undefined) continue;
      this.checks.get(name)?.stop();
      this.checks.set(name, check);
    }
  }

  /** Removes a component and ends its check. */
  remove(component: string): void {
    this.checks.get(component)?.stop();
    this.checks.delete(component);
    this.components.delete(component);
    this.found.delete(component);
  }

  /** Ends these checks; their findings stay. */
  stop(checks: ReadonlySet<HealthCheck>): void {
    for (const [name, check] of this.checks) {
      if (!checks.has(check)) continue;
      check.stop();
      this.checks.delete(name);
    }
  }
}
