// Node's modules of HTTP, beside all hooks of `require`: loaded if an instrumentation of OpenTelemetry patches them.
export { default as http } from "node:http";
export { default as https } from "node:https";
