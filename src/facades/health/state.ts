import type { Meter } from "@opentelemetry/api";
import type { KindOfState, Shared, SharedState } from "../../recording/shared-state.ts";
import type { HealthCheck } from "./check.ts";
import { type ComponentHealth, type HealthVerdict, statusOfAll, valueOfStatus } from "./report.ts";

/** Attribute with the name of a component. */
export const COMPONENT = "health.component";

/** Name of the gauge of components. */
export const COMPONENT_STATUS = "health.component.status";

/** Maximum number of components. */
export const MAX_COMPONENTS = 1_000;

/** Components by name, with their checks. */
export class HealthState implements SharedState {
  readonly components: Map<string, ComponentHealth> = new Map();
  readonly checks: Map<string, HealthCheck> = new Map();
  /** Names of components that only instrumentations have reported. */
  readonly found: Set<string> = new Set();

  hasRoomFor(component: string): boolean {
    return this.components.has(component) || this.components.size < MAX_COMPONENTS;
  }

  /** Sets a component's health, with the fields in the order of reports. `critical` is unchanged unless it is given. */
  keep(
    component: string,
    verdict: HealthVerdict,
    { checkedAt, durationSeconds }: Partial<ComponentHealth>,
    critical?: boolean,
  ): void {
    this.components.set(component, {
      ...verdict,
      critical: critical ?? this.components.get(component)?.critical ?? true,
      ...(checkedAt !== undefined && { checkedAt }),
      ...(durationSeconds !== undefined && { durationSeconds }),
    });
  }

  absorb(other: HealthState): void {
    for (const [name, component] of other.components) {
      // A status found by an instrumentation does not replace one reported by the application.
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

  /** Removes a component and stops its check. */
  remove(component: string): void {
    this.checks.get(component)?.stop();
    this.checks.delete(component);
    this.components.delete(component);
    this.found.delete(component);
  }

  /** Stops these checks; their components keep their status. */
  stop(checks: ReadonlySet<HealthCheck>): void {
    for (const [name, check] of this.checks) {
      if (!checks.has(check)) continue;
      check.stop();
      this.checks.delete(name);
    }
  }
}

/** State shared by all `Health` facades on a provider, exported as `health.status` and `health.component.status`. */
export const HEALTH_STATE: KindOfState<HealthState, []> = {
  kind: "health",
  create: () => new HealthState(),
  observe: observeHealth,
};

function observeHealth(meter: Meter, shared: Shared<HealthState>): void {
  meter
    .createObservableGauge("health.status", {
      description: "Health of the whole: 0 unknown, 1 healthy, 2 degraded, 3 unhealthy.",
    })
    .addCallback((result) => result.observe(valueOfStatus(statusOfAll(shared.state.components.values()))));
  meter
    .createObservableGauge(COMPONENT_STATUS, {
      description: "Health of one component: 0 unknown, 1 healthy, 2 degraded, 3 unhealthy.",
    })
    .addCallback((result) => {
      for (const [component, { status }] of shared.state.components) {
        result.observe(valueOfStatus(status), { [COMPONENT]: component });
      }
    });
}
