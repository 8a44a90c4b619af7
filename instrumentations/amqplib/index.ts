export { AmqplibInstrumentation, type AmqplibInstrumentationConfig } from "./instrumentation.ts";
