export {
  NestjsTerminusInstrumentation,
  type NestjsTerminusInstrumentationConfig,
} from "./instrumentation.ts";
