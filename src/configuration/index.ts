/** Declarative configuration files in OpenTelemetry's format. Loaded only if a file is named. */
export {
  type ConfigurationFile,
  configurationFile,
  type FileOrigin,
  readConfigurationFile,
} from "./configuration-file.ts";
