export { SocketIoInstrumentation, type SocketIoInstrumentationConfig } from "./instrumentation.ts";
