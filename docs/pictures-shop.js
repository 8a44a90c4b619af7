// The application of the picture of the report: a minute of commands into the history whose path is the argument.
import { setTimeout as pause } from "node:timers/promises";
import { start } from "tachymeter";

const SECONDS = 60;
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
  for (let i = 0; i < 8; i++)
    telemetry.commands.recordExecution(second % 9 !== 0 || i > 0, 0.04 + i * 0.006, "pay");
  for (let i = 0; i < 3; i++)
    telemetry.commands.recordExecution(true, (isLate ? 0.9 : 0.5) + i * 0.08, "import-orders");
  telemetry.commands.recordExecution(!isLate || second % 5 > 0, 1.2 + (second % 4) * 0.3, "render-invoice");
  await pause(1_000);
}
await telemetry.shutdown();
