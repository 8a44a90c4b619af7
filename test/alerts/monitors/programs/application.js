// An application with one fault on request: lines "fault" and "mended" on standard input begin and end it. It writes each
// alert that fires or is resolved as a line. Argument: `{ fault, settings, options }` as JSON.
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { start } from "tachymeter";
import { FAULTS } from "./faults.js";

const { fault, settings, options } = JSON.parse(process.argv[2]);
const { act, adjust = (given) => given, pauseMillis = 100 } = FAULTS[fault](settings);
const telemetry = start(adjust(options));
const write = (message) => console.log(JSON.stringify(message));
telemetry.alerts?.on(({ name, state, annotations, labels }) => write({ name, state, annotations, labels }));

let isFaulty = false;
createInterface({ input: process.stdin }).on("line", (line) => {
  isFaulty = line === "fault";
});
await telemetry.ready;
void reportReady();
for (;;) {
  await act(isFaulty, telemetry);
  await sleep(pauseMillis);
}

async function reportReady() {
  const isEvaluated = ({ lastEvaluation, lastError }) =>
    lastEvaluation !== undefined && lastError === undefined;
  const rules = () => telemetry.alerts?.rules() ?? [];
  while (rules().length === 0 || !rules().every(isEvaluated)) await sleep(100);
  write({ ready: true });
}
