export {
  GrpcHealthCheckInstrumentation,
  type GrpcHealthCheckInstrumentationConfig,
} from "./instrumentation.ts";
