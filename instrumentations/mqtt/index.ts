export { MqttInstrumentation, type MqttInstrumentationConfig } from "./instrumentation.ts";
