// Loops of the faulty applications. Lines of standard input, `fault` and `mended`, switch their faults on and off.
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

/** Whether the application has its faults now. */
export let isFaulty = false;

// Calls of a step until it counts as working. By then the metrics have several samples.
const STARTED = 30;

/** Calls each step about ten times a second until standard input ends. Prints `ready` once all of them work. */
export function run(steps) {
  let starting = steps.length;
  createInterface({ input: process.stdin })
    .on("line", (line) => {
      isFaulty = line === "fault";
    })
    .once("close", () => process.exit());
  for (const step of steps) {
    void (async () => {
      for (let calls = 1; ; calls++) {
        await Promise.resolve(step()).catch((error) => console.error(step.name, error));
        if (calls === STARTED && --starting === 0) console.log("ready");
        await sleep(100);
      }
    })();
  }
}
