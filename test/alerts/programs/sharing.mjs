// A process without a group, whose rules always fire; it prints what its receiver gets.
import { start } from "tachymeter";

const [, , name] = process.argv;
const telemetry = start({
  serviceName: "sharing",
  host: false,
  runtime: false,
  group: false,
  readers: [],
  live: { resolution: 1 },
  alerts: {
    interval: 0.2,
    monitors: false,
    directory: "alerts",
    route: { groupWait: 0, groupInterval: 0.2 },
    rules: [
      {
        name: "g",
        rules: [
          { alert: "Shared", expr: "sum(busy) > 0" },
          { alert: `Only${name}`, expr: "sum(busy) > 0" },
        ],
      },
    ],
    sequences: [{ alert: "Twice", when: "count failed >= 2 within 1h by data.user" }],
    receivers: [(alert) => console.log(`${name}: ${alert.name} ${alert.state}`)],
  },
});
telemetry.meterProvider
  .getMeter("app")
  .createObservableGauge("busy")
  .addCallback((result) => result.observe(1));
process.stdin.setEncoding("utf8").on("data", (text) => {
  for (const user of text.trim().split("\n"))
    telemetry.events.record({ event_type: "failed", source: "test", data: { user } });
});
setInterval(() => {
  const names = telemetry.alerts.active().map((alert) => alert.name);
  console.log(`${name} has ${names.toSorted().join(" ")};`);
}, 200);
process.on("SIGTERM", () => void telemetry.shutdown().then(() => process.exit()));
console.log(`${name} runs`);
