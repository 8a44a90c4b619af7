import { expressBeside } from "./beside.js";

export const application = expressBeside({
  title: "Express with New Relic",
  packages: { newrelic: "13.9.2" },
  setup: `require("newrelic");`,
  // No key of an account: nothing is sent, but the agent patches the libraries.
  environment: {
    NEW_RELIC_APP_NAME: "shop",
    NEW_RELIC_LICENSE_KEY: "0".repeat(40),
    NEW_RELIC_HOST: "127.0.0.1",
    NEW_RELIC_PORT: "9",
    NEW_RELIC_LOG_ENABLED: "false",
    NEW_RELIC_UTILIZATION_DETECT_AWS: "false",
    NEW_RELIC_UTILIZATION_DETECT_AZURE: "false",
    NEW_RELIC_UTILIZATION_DETECT_GCP: "false",
    NEW_RELIC_UTILIZATION_DETECT_PCF: "false",
  },
});
