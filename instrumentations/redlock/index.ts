export { RedlockInstrumentation, type RedlockInstrumentationConfig } from "./instrumentation.ts";
