// The components and checks of all `Health` facades on one provider.
import type { SharedState } from "../shared-state.ts";
import type { HealthCheck } from "./health-check.ts";
import type { ComponentHealth } from "./health-report.ts";
import type { SystemFigure } from "./system-figures.ts";

/** Components by name, with what finds out their status. */
export class HealthState implements SharedState {
  readonly components: Map<string, ComponentHealth> = new Map();
  readonly checks: Map<string, HealthCheck> = new Map();
  readonly figures: Set<SystemFigure> = new Set();
  /** Components that hooks of libraries have found, and of which the application itself has reported nothing. */
  readonly found: Set<string> = new Set();

  absorb(other: HealthState): void {
    for (const [name, component] of other.components) {
      // A hook's finding does not replace what the application reports.
      if (other.found.has(name) && this.components.has(name) && !this.found.has(name)) continue;
      this.remove(name);
      this.components.set(name, component);
      if (other.found.has(name)) this.found.add(name);
      const check = other.checks.get(name);
      if (check !== undefined) this.checks.set(name, check);
    }
    for (const figure of other.figures) this.figures.add(figure);
  }

  /** Removes a component and ends its check. */
  remove(component: string): void {
    this.checks.get(component)?.stop();
    this.checks.delete(component);
    this.components.delete(component);
    this.found.delete(component);
  }

  /** Ends all checks; their findings stay. */
  stop(): void {
    for (const figure of this.figures) figure.end();
    for (const check of this.checks.values()) check.stop();
    this.checks.clear();
  }
}
