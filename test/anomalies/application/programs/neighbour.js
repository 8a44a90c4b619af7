// A neighbour on the same machine: on each line of standard input, one more process takes all processor time that it gets.
import { fork } from "node:child_process";
import { createInterface } from "node:readline";

const TURN_MILLIS = 200;

if (process.send === undefined) {
  createInterface({ input: process.stdin })
    .on("line", () => void fork(import.meta.filename))
    .once("close", () => process.exit());
} else {
  process.once("disconnect", () => process.exit());
  burn();
}

function burn() {
  const end = performance.now() + TURN_MILLIS;
  while (performance.now() < end);
  setImmediate(burn);
}
