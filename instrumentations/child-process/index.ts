export { ChildProcessInstrumentation, type ChildProcessInstrumentationConfig } from "./instrumentation.ts";
