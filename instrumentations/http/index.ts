export {
  HttpInstrumentation,
  type HttpInstrumentationConfig,
  type RequestSource,
} from "./instrumentation.ts";
