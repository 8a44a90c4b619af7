export { WsInstrumentation, type WsInstrumentationConfig } from "./instrumentation.ts";
