// Recordings with known totals, by the API alone, in any thread or process.
import { metrics } from "@opentelemetry/api";

const meter = metrics.getMeter("group-programs");
const done = meter.createCounter("work.done", { description: "Calls of work." });
const weight = meter.createCounter("work.weight", { description: "A quarter for each call." });
const duration = meter.createHistogram("work.duration", { unit: "s", description: "0 to 0.75 s." });
const open = meter.createUpDownCounter("work.open", { description: "What live members hold." });

/** Records this number of calls: all numbers are multiples of a quarter, so that their sums are exact. */
export function work(calls, kind = "work") {
  for (let i = 0; i < calls; i++) {
    const attributes = { "work.kind": kind, "work.part": i % 5 };
    done.add(1, attributes);
    weight.add(0.25, attributes);
    duration.record((i % 4) / 4, attributes);
  }
}

/** Holds this many, for as long as the member lives. */
export function hold(count) {
  open.add(count);
}

/**
 * Prints the totals that a scrape must have, and `done`.
 *
 * @param calls the arguments of all calls of `work`, in all members
 * @param held the sum of the arguments of `hold` in the members that live
 */
export function expectTotals(calls, held) {
  const total = sumOf(calls);
  const expected = {
    work_done_total: total,
    work_weight_total: total / 4,
    work_duration_seconds_count: total,
    work_duration_seconds_sum: sumOf(calls.map(durationOf)),
    work_open: held,
  };
  console.log(`expected ${JSON.stringify(expected)}`);
  console.log("done");
}

/** Calls `end` when standard input closes, and then ends this process. */
export function endWithInput(end = async () => {}) {
  process.stdin.resume();
  process.stdin.once("end", () => void end().then(() => process.exit()));
}

// Each four calls add 0, 0.25, 0.5 and 0.75.
function durationOf(calls) {
  const left = calls % 4;
  return Math.floor(calls / 4) * 1.5 + (left * (left - 1)) / 8;
}

function sumOf(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0);
}
