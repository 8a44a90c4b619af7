import { expressBeside } from "./beside.js";

export const application = expressBeside({
  title: "Express with Sentry 10",
  packages: { "@sentry/node": "10.78.0" },
  setup: `require("@sentry/node").init({ dsn: "http://key@127.0.0.1:9/1", tracesSampleRate: 1 });`,
});
