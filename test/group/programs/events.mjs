// A parent and two children that record numbered events. The parent prints those that its hook gets.
// By SIGUSR2 a child records 40 and is killed at once; by SIGHUP it records 500 and exits.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { running } from "tachymeter";

const { events } = running();
const name = process.argv[2] ?? "parent";
let number = 0;

function record(count) {
  for (let i = 0; i < count; i++) events.record({ event_type: "step", source: name, data: number++ });
}

setInterval(() => {}, 1e9);
if (name === "parent") {
  events.on("step", ({ source, data }) => console.log(`parent heard ${source} ${data}`));
  for (const child of ["one", "two"]) {
    console.log(`child ${child} ${fork(fileURLToPath(import.meta.url), [child], { detached: true }).pid}`);
  }
  record(2);
} else {
  record(3);
  // The parent was killed. At first there is no aggregator.
  process.on("disconnect", () => {
    record(1);
    setTimeout(() => record(1), 1_000);
  });
  process.on("SIGUSR2", () => {
    record(40);
    // After the end of the tick that has recorded them.
    queueMicrotask(() => process.kill(process.pid, "SIGKILL"));
  });
  process.on("SIGHUP", () => {
    record(500);
    process.on("exit", () => record(1));
    process.exit();
  });
}
