export { Mysql2Instrumentation, type Mysql2InstrumentationConfig } from "./instrumentation.ts";
