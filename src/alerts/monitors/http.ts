import { sloRules } from "../slo/slo-group.ts";
import { objective, objectiveWindow } from "../slo/slo-groups.ts";
import { durationMillis } from "../rules/duration.ts";
import { count, type Parameter } from "./kinds.ts";
import { alertName, type Monitor, parametersOf, refuseUnknown, valuesFrom } from "./monitor.ts";

const NAME = "httpErrorBudget";
const TOTAL = "http_server_request_duration_seconds_count";

const window: Parameter<string | number> = {
  unit: "duration",
  defaultValue: "30d",
  must: objectiveWindow.must,
  read: (value) =>
    (typeof value === "string" || typeof value === "number") && objectiveWindow.read(value) !== undefined
      ? value
      : undefined,
};
const PARAMETERS = {
  objective: { ...objective, unit: "share", defaultValue: 0.999 },
  window,
  minimumErrors: count(5),
};

/** Monitors of HTTP servers: the error budget of all responses. */
export const HTTP: readonly Monitor[] = [
  {
    name: NAME,
    severities: ["critical", "warning"],
    fires:
      "responses with a status of 500 or above use up the error budget of `objective` in `window`. Alerts are on 2 % of it in an hour, 5 % in 6 hours, and 10 % in a day or in 3 days. There must be at least `minimumErrors` errors in that time",
    parameters: parametersOf(PARAMETERS),
    rules: (parser, place, given) => {
      refuseUnknown(parser, place, given, Object.keys(PARAMETERS));
      const values = valuesFrom(parser, place, given, PARAMETERS);
      const settings = {
        name: "http",
        objective: values.objective,
        good: `${TOTAL}{http_response_status_code!~"5.."}`,
        total: TOTAL,
        windowSeconds: (durationMillis(values.window) ?? 0) / 1_000,
        minimumErrors: values.minimumErrors,
      };
      return sloRules(settings, alertName(NAME));
    },
  },
];
