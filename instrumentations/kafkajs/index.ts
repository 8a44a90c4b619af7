export { KafkaJsInstrumentation, type KafkaJsInstrumentationConfig } from "./instrumentation.ts";
