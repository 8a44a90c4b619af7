export { TinypoolInstrumentation, type TinypoolInstrumentationConfig } from "./instrumentation.ts";
