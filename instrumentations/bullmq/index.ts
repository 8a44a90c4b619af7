export { BullMqInstrumentation, type BullMqInstrumentationConfig } from "./instrumentation.ts";
