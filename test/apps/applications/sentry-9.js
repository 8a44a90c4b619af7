import { expressBeside } from "./beside.js";

export const application = expressBeside({
  title: "Express with Sentry 9",
  packages: { "@sentry/node": "9.47.2" },
  setup: `require("@sentry/node").init({ dsn: "http://key@127.0.0.1:9/1", tracesSampleRate: 1 });`,
});
