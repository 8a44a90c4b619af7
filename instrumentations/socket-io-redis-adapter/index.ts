export {
  SocketIoRedisAdapterInstrumentation,
  type SocketIoRedisAdapterInstrumentationConfig,
} from "./instrumentation.ts";
