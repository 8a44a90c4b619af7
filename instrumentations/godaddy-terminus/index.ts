export {
  GodaddyTerminusInstrumentation,
  type GodaddyTerminusInstrumentationConfig,
} from "./instrumentation.ts";
