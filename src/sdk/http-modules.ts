// Node's HTTP modules, imported past all `require` hooks. Loaded if an instrumentation of OpenTelemetry patches them.
export { default as http } from "node:http";
export { default as https } from "node:https";
