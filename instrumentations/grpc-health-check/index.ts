import type { Instrumented } from "../shared/instrumented.ts";
import { HEALTH_OPTIONS, type HealthConfig } from "../shared/options.ts";

/**
 * The instrumentation of `grpc-health-check`. `name` names the component of a service; default: the service's name,
 * `grpc` for the whole server.
 */
export const grpcHealthCheck: Instrumented<HealthConfig> = {
  name: "grpc_health_check",
  options: HEALTH_OPTIONS,
  // The package's only file.
  files: [{ library: "grpc-health-check", versions: [">=2.0.0 <3"] }],
};
