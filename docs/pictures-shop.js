// The application of the picture of the report: two minutes of commands into the history whose path is the argument.
import { setTimeout as pause } from "node:timers/promises";
import { start } from "tachymeter";

const SECONDS = 120;
const telemetry = start({
  serviceName: "shop",
  readers: [],
  runtime: false,
  collectionInterval: 1,
  history: { path: process.argv[2] },
});
await telemetry.ready;
telemetry.messaging.queueSize("orders", () => 40 + queued);

let queued = 0;
for (let second = 0; second < SECONDS; second++) {
  queued += 3;
  const isLate = second >= SECONDS / 2;
  const { commands } = telemetry;
  const payments = Math.round(8 + 6 * Math.sin(second / 6));
  for (let i = 0; i < payments; i++)
    commands.recordExecution(second % 9 > 0 || i > 0, 0.04 + i * 0.006, "pay");
  for (let i = 0; i < 3 + (second % 4); i++)
    commands.recordExecution(true, (isLate ? 1.6 : 0.4) + i * 0.05, "import-orders");
  if (second % 3 === 0)
    commands.recordExecution(!isLate || second % 5 > 0, 1.2 + (second % 4) * 0.3, "render-invoice");
  await pause(1_000);
}
await telemetry.shutdown();
