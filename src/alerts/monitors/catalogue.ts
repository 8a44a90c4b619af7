import { ANOMALIES } from "./anomalies.ts";
import { COMMANDS } from "./commands.ts";
import { CONNECTIONS } from "./connections.ts";
import { COORDINATION } from "./coordination.ts";
import { DISK } from "./disk.ts";
import { EVENT_LOOP } from "./event-loop.ts";
import { HEALTH } from "./health.ts";
import { HTTP } from "./http.ts";
import { KERNELS } from "./kernels.ts";
import { MEMORY } from "./memory.ts";
import { MESSAGING } from "./messaging.ts";
import { MISSING_METRICS } from "./missing-metrics.ts";
import type { Monitor } from "./monitor.ts";
import { PROCESS } from "./process.ts";
import { TELEMETRY } from "./telemetry.ts";

/** All predefined monitors by area, which is the end of the name of their group. */
export const CATALOGUE: ReadonlyMap<string, readonly Monitor[]> = new Map([
  ["event-loop", EVENT_LOOP],
  ["memory", MEMORY],
  ["process", PROCESS],
  ["disk", DISK],
  ["messaging", MESSAGING],
  ["commands", COMMANDS],
  ["coordination", COORDINATION],
  ["health", HEALTH],
  ["kernels", KERNELS],
  ["connections", CONNECTIONS],
  ["http", HTTP],
  ["anomalies", ANOMALIES],
  ["telemetry", TELEMETRY],
  ["missing-metrics", MISSING_METRICS],
]);
