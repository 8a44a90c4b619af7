// Loops of the faulty applications. Lines of standard input, `fault` and `mended`, switch their faults on and off.
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { running } from "tachymeter";

// Seconds between two values of the live metrics, see `fault-kit.ts`.
const LIVE_RESOLUTION = 1;

/** Whether the application has its faults now. */
export let isFaulty = false;

/**
 * Calls `act(isFaulty, telemetry)` of each step again and again until standard input ends. Prints `ready` once each was
 * called `calls` times and all rules are evaluated with the metrics of these calls.
 */
export function run(steps, calls = 1) {
  createInterface({ input: process.stdin })
    .on("line", (line) => {
      isFaulty = line === "fault";
    })
    .once("close", () => process.exit());
  const telemetry = running();
  const working = steps.map(
    ({ act, pauseMillis = 100 }) =>
      new Promise((resolve) => {
        void repeat(async (call) => {
          try {
            await act(isFaulty, telemetry);
          } catch (error) {
            console.error(act.name, error);
          }
          if (call === calls) resolve();
          await sleep(pauseMillis);
        });
      }),
  );
  void Promise.all(working)
    .then(() => evaluated(telemetry, Date.now() / 1_000 + LIVE_RESOLUTION))
    .then(() => console.log("ready"));
}

async function repeat(work) {
  for (let call = 1; ; call++) await work(call);
}

async function evaluated({ alerts }, afterSeconds) {
  const isEvaluated = ({ lastEvaluation, lastError }) =>
    lastEvaluation > afterSeconds && lastError === undefined;
  const rules = () => alerts?.rules() ?? [];
  while (rules().length === 0 || !rules().every(isEvaluated)) await sleep(100);
}
