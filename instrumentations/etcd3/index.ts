export { Etcd3Instrumentation, type Etcd3InstrumentationConfig } from "./instrumentation.ts";
