export { AwsSqsInstrumentation, type AwsSqsInstrumentationConfig } from "./instrumentation.ts";
