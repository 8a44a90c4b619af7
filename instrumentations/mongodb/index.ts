export { MongoDbInstrumentation, type MongoDbInstrumentationConfig } from "./instrumentation.ts";
