// Measurements in rounds, so that a temporary slowdown of the machine affects all contenders.
import { median } from "./measure.js";

/**
 * Runs each measurement once a round. Returns the summaries by name, and the messages of those that failed.
 *
 * @param measurementOf returns `{ unit, value }` for a name.
 */
export function measureInRounds(names, rounds, measurementOf) {
  const results = new Map(names.map((name) => [name, []]));
  const failures = new Map();
  for (let round = 1; round <= rounds; round++) {
    for (const name of names) {
      if (failures.has(name)) continue;
      progress(`round ${round} of ${rounds}: ${name}`);
      try {
        results.get(name).push(measurementOf(name));
      } catch (error) {
        failures.set(name, error.message);
      }
    }
  }
  progress("");
  const whole = names.filter((name) => !failures.has(name));
  return { measured: Object.fromEntries(whole.map((name) => [name, summary(results.get(name))])), failures };
}

/** Returns the environment without variables that match `unwanted`, and with a free port. Sets the measured build. */
export function environment(build, unwanted) {
  if (build !== undefined) process.env.TACHYMETER_BENCH_BUILD = build;
  const plain = Object.entries(process.env).filter(([name]) => !unwanted.test(name));
  return { ...Object.fromEntries(plain), OTEL_EXPORTER_PROMETHEUS_PORT: "0" };
}

function summary(rounds) {
  const numbers = rounds.map(({ value }) => value);
  return {
    unit: rounds[0].unit,
    median: median(numbers),
    min: Math.min(...numbers),
    max: Math.max(...numbers),
    rounds,
  };
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
