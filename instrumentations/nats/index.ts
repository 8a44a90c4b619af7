export { NatsInstrumentation, type NatsInstrumentationConfig } from "./instrumentation.ts";
