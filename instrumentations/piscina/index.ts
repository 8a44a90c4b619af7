export { PiscinaInstrumentation, type PiscinaInstrumentationConfig } from "./instrumentation.ts";
