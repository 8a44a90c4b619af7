// npm run demo [-- --once] [-- --cluster] [-- --api] [-- --alerts] [-- <folder>]
//
// Installs and builds if needed, runs the fleet, and shows the measurements of Tachymeter.
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { setUp } from "./setup.js";

const USAGE = "usage: npm run demo -- [--once] [--cluster] [--api] [--alerts] [<folder>]";

try {
  const { once, cluster, api, alerts, folder } = readArguments();
  setUp();
  // Loaded only now, since its packages may just have been installed.
  const { showFleet } = await import("./show-fleet.js");
  process.exitCode = await showFleet(folder, {
    endsItself: once,
    isGroup: cluster || api,
    hasApi: api,
    hasAlerts: alerts,
  });
} catch (error) {
  console.error(`demo failed: ${error.message}`);
  process.exitCode = 1;
}

function readArguments() {
  const { values, positionals } = parseArguments();
  if (values.alerts && (values.cluster || values.api))
    throw new Error(`--alerts cannot be combined with --cluster or --api; ${USAGE}`);
  const folder = resolve(positionals[0] ?? resolve(import.meta.dirname, "../../node_modules"));
  // The default folder may only exist after the set-up.
  if (positionals.length > 0 && !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`folder must exist and be a folder, got "${positionals[0]}"; ${USAGE}`);
  }
  return { ...values, folder };
}

function parseArguments() {
  try {
    const parsed = parseArgs({
      allowPositionals: true,
      options: {
        once: { type: "boolean", default: false },
        cluster: { type: "boolean", default: false },
        api: { type: "boolean", default: false },
        alerts: { type: "boolean", default: false },
      },
    });
    if (parsed.positionals.length <= 1) return parsed;
  } catch (error) {
    throw new Error(`${error.message}; ${USAGE}`, { cause: error });
  }
  throw new Error(`more than one folder was given; ${USAGE}`);
}
