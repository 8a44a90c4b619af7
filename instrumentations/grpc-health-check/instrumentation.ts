// What an application tells of its gRPC services by the `grpc-health-check` package.
import type { HealthStatus } from "../../src/facades/index.ts";
import {
  type Attach,
  Components,
  HEALTH_OPTIONS,
  type HealthConfig,
  type InstrumentedFile,
  isObject,
  LibraryInstrumentation,
  type OptionChecks,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";

/** `name` names the component of a service; default: the service's name, `grpc` for that of the whole server. */
export type GrpcHealthCheckInstrumentationConfig = HealthConfig;

const WHOLE_SERVER = "grpc";

const STATUSES: ReadonlyMap<unknown, HealthStatus> = new Map([
  ["SERVING", "healthy"],
  ["NOT_SERVING", "unhealthy"],
  ["UNKNOWN", "unknown"],
  ["SERVICE_UNKNOWN", "unknown"],
]);

/**
 * Makes components of the services whose status an application tells: serving is healthy, not serving unhealthy.
 *
 * @example
 * new GrpcHealthCheckInstrumentation({ health, critical: true });
 */
export class GrpcHealthCheckInstrumentation extends LibraryInstrumentation<GrpcHealthCheckInstrumentationConfig> {
  static readonly options: OptionChecks<GrpcHealthCheckInstrumentationConfig> = HEALTH_OPTIONS;

  constructor(config: GrpcHealthCheckInstrumentationConfig = {}) {
    super("grpc_health_check", config, GrpcHealthCheckInstrumentation.options);
  }

  // Its only file of its own.
  protected override files(): readonly InstrumentedFile[] {
    return [{ library: "grpc-health-check", versions: [">=2.0.0 <3"] }];
  }

  protected override begin(recording: Recording<GrpcHealthCheckInstrumentationConfig>): Attach {
    const components = new Components(recording);
    const tell = (service: unknown, given: unknown): void => {
      const status = STATUSES.get(given);
      if (status === undefined || typeof service !== "string") return;
      const component = components.nameOf(service === "" ? WHOLE_SERVER : service);
      components.set(component, status, status === "unhealthy" ? "not serving" : undefined);
    };
    return (exports) => {
      const prototype = prototypeOf(exports, "HealthImplementation");
      recording.before(prototype, "setStatus", (_, [service, status]) => tell(service, status));
      // What is told from the start is told to the constructor alone; a server is about to answer by it here.
      recording.before(prototype, "addToServer", (services) => {
        const known: unknown = isObject(services) ? Reflect.get(services, "statusMap") : undefined;
        if (known instanceof Map) for (const [service, status] of known) tell(service, status);
      });
    };
  }
}
