// A process with one rule, for an Alertmanager: it fires while gauge busy is above 0.
import { start } from "tachymeter";

const [, , url, busy] = process.argv;
const telemetry = start({
  serviceName: "busy",
  host: false,
  runtime: false,
  group: false,
  readers: [],
  live: { resolution: 1 },
  alerts: {
    interval: 0.2,
    monitors: false,
    directory: "alerts",
    rules: [{ name: "g", rules: [{ alert: "Busy", expr: "sum(busy) > 0", for: "1s" }] }],
    receivers: [{ type: "alertmanager", url }],
  },
});
telemetry.meterProvider
  .getMeter("app")
  .createObservableGauge("busy")
  .addCallback((result) => result.observe(Number(busy)));
setInterval(() => {
  const states = telemetry.alerts.active().map(({ state }) => state);
  console.log(`Busy is ${states[0] ?? "inactive"}`);
}, 100);
