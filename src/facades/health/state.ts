import type { Meter } from "@opentelemetry/api";
import type { KindOfState, Shared, SharedState } from "../../recording/shared-state.ts";
import type { HealthCheck } from "./check.ts";
import { FactsOfMembers } from "../../recording/member-facts.ts";
import {
  type ComponentHealth,
  type HealthVerdict,
  isHealthStatus,
  statusOfAll,
  valueOfStatus,
} from "./report.ts";

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
  readonly #others = new FactsOfMembers(componentsFrom);

  /**
   * The components of this process and of other members of its group. If several have a component, it has the worst of
   * their statuses, and is critical if any of them is.
   */
  get all(): ReadonlyMap<string, ComponentHealth> {
    const all = new Map(this.components);
    for (const components of this.#others) {
      for (const [name, component] of components) {
        const known = all.get(name);
        all.set(name, known === undefined ? component : worse(known, component));
      }
    }
    return all;
  }

  facts(): unknown {
    return this.components.size === 0 ? undefined : Object.fromEntries(this.components);
  }

  setFacts(member: string, facts: readonly unknown[] | undefined): void {
    this.#others.set(member, facts);
  }

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
  stop(checks: Pick<WeakSet<HealthCheck>, "has">): void {
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
    .addCallback((result) => result.observe(valueOfStatus(statusOfAll(shared.state.all.values()))));
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

function worse(one: ComponentHealth, other: ComponentHealth): ComponentHealth {
  const worst = valueOfStatus(other.status) > valueOfStatus(one.status) ? other : one;
  return { ...worst, critical: one.critical || other.critical };
}

function componentsFrom(given: unknown): ReadonlyMap<string, ComponentHealth> | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const components = Object.entries(given).flatMap(([name, each]: [string, unknown]) => {
    const component = componentFrom(each);
    return component === undefined ? [] : [[name, component] as const];
  });
  return new Map(components.slice(0, MAX_COMPONENTS));
}

function componentFrom(given: unknown): ComponentHealth | undefined {
  if (typeof given !== "object" || given === null || !("status" in given) || !isHealthStatus(given.status))
    return undefined;
  return {
    status: given.status,
    ...("reason" in given && typeof given.reason === "string" && { reason: given.reason }),
    critical: !("critical" in given) || given.critical !== false,
    ...("checkedAt" in given && typeof given.checkedAt === "number" && { checkedAt: given.checkedAt }),
    ...("durationSeconds" in given &&
      typeof given.durationSeconds === "number" && { durationSeconds: given.durationSeconds }),
  };
}
