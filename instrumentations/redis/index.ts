export { RedisInstrumentation, type RedisInstrumentationConfig } from "./instrumentation.ts";
