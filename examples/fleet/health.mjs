// A node's health checks, run at the start and every second.
import { channel } from "node:diagnostics_channel";

const INTERVAL_MILLIS = 1_000;

export const HEALTHY = { status: "healthy" };
export const degraded = (reason) => ({ status: "degraded", reason });

const health = channel("fleet:health");

/** Runs `checks`, by component. Each returns `HEALTHY` or `degraded(…)`; a rejection means unhealthy. */
export function runChecks(checks) {
  const runAll = () => {
    for (const [component, check] of Object.entries(checks)) void run(component, check);
  };
  runAll();
  return setInterval(runAll, INTERVAL_MILLIS);
}

async function run(component, check) {
  const start = performance.now();
  let result;
  try {
    result = await check();
  } catch (error) {
    result = { status: "unhealthy", reason: error.message };
  }
  const seconds = (performance.now() - start) / 1_000;
  health.publish({ component, ...result, seconds });
}
