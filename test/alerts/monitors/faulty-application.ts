// Real applications with real libraries and servers, whose monitors have windows of seconds.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { alertName } from "../../../src/alerts/monitors/monitor.ts";
import { application } from "../../kit/packed-project.ts";
import { type RunningProcess, runNode } from "../../kit/process.ts";
import { type MonitorParameters, shortWindows } from "./short-windows.ts";

const FOLDER = join(import.meta.dirname, "applications");
/** Time-out of waits: a loaded machine may take some seconds for each step. */
export const LONG_WAIT = { timeout: 100_000, interval: 250 };

/** A program of folder `applications`, and its monitors. */
export interface FaultyProgram {
  readonly program: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Parameters besides short windows. */
  readonly monitors?: MonitorParameters;
  /** Further options of `start()`. */
  readonly options?: object;
}

/** A running application, which can be made faulty. */
export interface FaultyApplication {
  readonly process: RunningProcess;
  /** Makes it faulty, or well again. */
  set(state: "fault" | "mended"): void;
  /** Waits until the alert of each monitor fires, with text that names its cause. */
  fires(causes: Readonly<Record<string, string>>): Promise<void>;
  /** Returns the monitors that have an alert which still fires. */
  firing(monitors: readonly string[]): readonly string[];
}

/** Starts a program of folder `applications`, and waits until it works. */
export async function faultyApplication(faulty: FaultyProgram): Promise<FaultyApplication> {
  const { program, env = {}, monitors = {}, options = {} } = faulty;
  const files = readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), "utf8")]);
  const cwd = await application(Object.fromEntries(files), { libraries: true });
  const parameters = shortWindows();
  for (const [name, more] of Object.entries(monitors)) parameters[name] = { ...parameters[name], ...more };
  const given = {
    readers: [],
    hooks: { kernels: true },
    live: { resolution: 1 },
    alerts: { interval: 1, receivers: [], monitors: { ...parameters, httpErrorBudget: false } },
    ...options,
  };
  const process = runNode({
    cwd,
    args: ["--import", "./clock.mjs", "--import", "./telemetry.mjs", program],
    env: { OPTIONS: JSON.stringify(given), ...env },
    openInput: true,
  });
  await process.waitForOutput(/^ready$/m, LONG_WAIT.timeout);
  return {
    process,
    set: (state) => process.write(`${state}\n`),
    async fires(causes) {
      for (const [monitor, cause] of Object.entries(causes)) {
        const pattern = new RegExp(`^firing ${alertName(monitor)}: .*${cause}`, "m");
        await process.waitForOutput(pattern, LONG_WAIT.timeout);
      }
    },
    firing(names) {
      const firing = firingIn(process.stdout);
      return names.filter((name) => firing.has(alertName(name)));
    },
  };
}

// Alerts whose last line says that they fire. One monitor may have several, of which the summaries differ.
function firingIn(output: string): ReadonlySet<string> {
  const states = new Map<string, string>();
  for (const [, state = "", alert = ""] of output.matchAll(/^(firing|resolved) (\w+: .*?)\. /gm))
    states.set(alert, state);
  const firing = [...states].filter(([, state]) => state === "firing");
  return new Set(firing.map(([alert]) => alert.split(":")[0] ?? ""));
}
