export {
  PlatformaticKafkaInstrumentation,
  type PlatformaticKafkaInstrumentationConfig,
} from "./instrumentation.ts";
