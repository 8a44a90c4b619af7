export { OpossumInstrumentation, type OpossumInstrumentationConfig } from "./instrumentation.ts";
