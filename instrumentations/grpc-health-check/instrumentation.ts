// Health of gRPC services, as set by the application through the `grpc-health-check` package.
import { statusFrom } from "../../src/facades/health/reading.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf } from "../shared/fields.ts";
import { Components } from "../shared/health-components.ts";
import type { Attach } from "../shared/instrumented.ts";
import { LiveObjects } from "../shared/live-objects.ts";
import type { HealthConfig } from "../shared/options.ts";
import { outliving } from "../shared/outliving.ts";
import type { Recording } from "../shared/recording.ts";

const WHOLE_SERVER = "grpc";
const servicesOf = outliving(() => new LiveObjects());

/**
 * Records each service whose status the application sets as a health component: `SERVING` is healthy, `NOT_SERVING`
 * unhealthy.
 */
export function begin(recording: Recording<HealthConfig>): Attach {
  const components = new Components(recording);
  const tell = (service: unknown, given: unknown): void => {
    const status = statusFrom(given);
    if (status === undefined || typeof service !== "string") return;
    const component = components.nameOf(service === "" ? WHOLE_SERVER : service);
    components.set(component, status, status === "unhealthy" ? "not serving" : undefined);
  };
  const tellAll = (services: unknown): void => {
    const known = fieldOf(services, "statusMap");
    if (known instanceof Map) for (const [service, status] of known) tell(service, status);
  };
  const all = servicesOf(recording);
  for (const services of all) tellAll(services);
  return (exports) => {
    const prototype = prototypeOf(exports, "HealthImplementation");
    recording.before(prototype, "setStatus", (services, service, status) => {
      all.add(Object(services));
      tell(service, status);
    });
    // The first statuses are passed to the constructor only; at this call a server starts to use them.
    recording.before(prototype, "addToServer", (services) => {
      all.add(Object(services));
      tellAll(services);
    });
  };
}
