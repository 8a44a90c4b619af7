export { ClusterInstrumentation, type ClusterInstrumentationConfig } from "./instrumentation.ts";
