export { HttpInstrumentation, type HttpInstrumentationConfig } from "./instrumentation.ts";
