export { PgInstrumentation, type PgInstrumentationConfig } from "./instrumentation.ts";
