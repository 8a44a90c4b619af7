export { WorkerThreadsInstrumentation, type WorkerThreadsInstrumentationConfig } from "./instrumentation.ts";
