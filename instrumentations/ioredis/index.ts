export { IORedisInstrumentation, type IORedisInstrumentationConfig } from "./instrumentation.ts";
