// The parts for the SDK.
export type { Application } from "./application.ts";
export { currentAlerts, labelsOf } from "./current-alerts.ts";
export { explanationOf } from "./explanation.ts";
