// A process whose rule always fires; it prints what its receivers get.
import { start } from "tachymeter";

const [, , name] = process.argv;
let busy = 1;
const telemetry = start({
  serviceName: "alerting",
  host: false,
  runtime: false,
  readers: ["prometheus"],
  live: { resolution: 1 },
  alerts: {
    interval: 0.2,
    monitors: false,
    directory: "alerts",
    route: { groupWait: 0, groupInterval: 0.2 },
    rules: [{ name: "g", rules: [{ alert: "Busy", expr: "sum(busy) > 0" }] }],
    receivers: [(alert) => console.log(`${name}: ${alert.name} ${alert.state}`)],
  },
});
telemetry.meterProvider
  .getMeter("app")
  .createObservableGauge("busy")
  .addCallback((result) => result.observe(busy));
process.on("SIGUSR2", () => {
  busy = 0;
});
telemetry.alerts?.on((alert) => console.log(`${name} listens: ${alert.name} ${alert.state}`));
setInterval(() => {
  const active = telemetry.alerts?.active().filter(({ state }) => state === "firing").length;
  console.log(`${name}: ${telemetry.group.role}, ${active} firing`);
}, 200);
