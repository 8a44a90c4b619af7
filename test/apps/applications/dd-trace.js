import { expressBeside } from "./beside.js";

export const application = expressBeside({
  title: "Express with dd-trace",
  packages: { "dd-trace": "6.21.0" },
  setup: `require("dd-trace").init({ url: "http://127.0.0.1:9" });`,
  environment: {
    DD_TRACE_STARTUP_LOGS: "false",
    DD_INSTRUMENTATION_TELEMETRY_ENABLED: "false",
    DD_REMOTE_CONFIGURATION_ENABLED: "false",
  },
});
