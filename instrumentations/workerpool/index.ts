export { WorkerpoolInstrumentation, type WorkerpoolInstrumentationConfig } from "./instrumentation.ts";
