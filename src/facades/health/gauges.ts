// The gauges that show how well an application is.
import type { Meter } from "@opentelemetry/api";
import { type HealthStatus, statusOfAll, valueOfStatus } from "./report.ts";

/** Attribute of a component's metrics: its name. */
export const COMPONENT = "health.component";

/** The gauge of components. */
export const COMPONENT_STATUS = "health.component.status";

interface ShownComponent {
  readonly status: HealthStatus;
  readonly critical: boolean;
}

/** Makes `health.status` and `health.component.status`, which show what `components` returns at each collection. */
export function observeHealth(meter: Meter, components: () => ReadonlyMap<string, ShownComponent>): void {
  meter
    .createObservableGauge("health.status", {
      description: "Health of the whole: 0 unknown, 1 healthy, 2 degraded, 3 unhealthy.",
    })
    .addCallback((result) => result.observe(valueOfStatus(statusOfAll(components().values()))));
  meter
    .createObservableGauge(COMPONENT_STATUS, {
      description: "Health of one component: 0 unknown, 1 healthy, 2 degraded, 3 unhealthy.",
    })
    .addCallback((result) => {
      for (const [component, { status }] of components()) {
        result.observe(valueOfStatus(status), { [COMPONENT]: component });
      }
    });
}
