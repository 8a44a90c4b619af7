// Real faults of real processes: applications that run the installed package and watch themselves.
import { cpSync } from "node:fs";
import { join } from "node:path";
import type { start } from "tachymeter";
import { expect, vi } from "vitest";
import { CATALOGUE } from "../../../src/alerts/monitors/catalogue.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { application } from "../../kit/packed-project.ts";
import { type RunningProcess, runNode } from "../../kit/process.ts";

/** Parameters of monitors by name. */
export type MonitorParameters = Readonly<Record<string, Readonly<Record<string, string | number>>>>;

type Options = NonNullable<Parameters<typeof start>[0]>;

/** An application with a fault of `programs/faults.js`. */
export interface FaultyApplication {
  readonly fault: string;
  /** Settings of the fault. */
  readonly settings?: object;
  /** Options of `start()` besides the short windows. */
  readonly options?: Options;
  /** Parameters of monitors besides the short windows. */
  readonly parameters?: MonitorParameters;
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs the rest of its arguments, such as `unshare`. */
  readonly wrapper?: readonly string[];
}

/** An alert of a fault. */
export interface ExpectedAlert {
  /** Name of the alert. */
  readonly name: string;
  /** Text that its summary or its description contains. */
  readonly cause: string;
  /** Labels by which it differs from others of that name. */
  readonly labels?: Readonly<Record<string, string>>;
}

interface AlertLine {
  readonly name: string;
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

// Not 60 seconds, since a loaded machine may take some for each step.
const LONG_WAIT = { timeout: 150_000, interval: 100 };

/** Parameters of all monitors: a window of ten seconds or another one, and no waits. */
export function shortWindows(window = "10s"): MonitorParameters {
  const monitors = [...CATALOGUE.values()].flat().filter(({ name }) => name !== "httpErrorBudget");
  return Object.fromEntries(
    monitors.map(({ name, parameters }) => {
      const durations = parameters
        .filter(({ unit }) => unit === "duration")
        .map((parameter) => parameter.name);
      return [name, Object.fromEntries(durations.map((each) => [each, each === "window" ? window : "0s"]))];
    }),
  );
}

/** Starts an application without its fault, and waits until all rules are evaluated. It ends with the test file. */
export async function startFaulty(faulty: FaultyApplication): Promise<RunningProcess> {
  const {
    fault,
    settings = {},
    options = {},
    parameters = {},
    nodeArgs = [],
    env = {},
    wrapper = [],
  } = faulty;
  const short = shortWindows();
  const monitors = Object.fromEntries(
    Object.entries(short).map(([name, values]) => [name, { ...values, ...parameters[name] }]),
  );
  const { alerts, ...others } = options;
  const given: Options = {
    readers: [],
    group: false,
    live: { resolution: 1 },
    ...others,
    alerts: {
      interval: 1,
      monitors: { ...monitors, httpErrorBudget: false },
      receivers: [],
      directory: newFolder("alerts"),
      ...(typeof alerts === "object" && alerts),
    },
  };
  const cwd = await application({ "package.json": `{ "type": "module" }` });
  cpSync(join(import.meta.dirname, "programs"), cwd, { recursive: true });
  const program = [...nodeArgs, "application.js", JSON.stringify({ fault, settings, options: given })];
  const [command, ...before] = wrapper;
  const running = runNode({
    cwd,
    args: command === undefined ? program : [...before, process.execPath, ...program],
    ...(command !== undefined && { command }),
    env,
    openInput: true,
    lifetime: "file",
  });
  await running.waitForOutput(/^\{"ready":true\}$/m, LONG_WAIT.timeout);
  return running;
}

/** Begins the fault, and waits until each alert fires with its cause. None of them fired before. */
export async function expectFires(
  running: RunningProcess,
  expected: readonly ExpectedAlert[],
): Promise<void> {
  for (const each of expected) expect(statesOf(running, each)).toEqual([]);
  running.write("fault\n");
  await expectFiring(running, expected);
}

/** Waits until each alert has fired with its cause. */
export async function expectFiring(
  running: RunningProcess,
  expected: readonly ExpectedAlert[],
): Promise<void> {
  for (const each of expected) {
    const texts = (): string =>
      statesOf(running, each)
        .filter(({ state }) => state === "firing")
        .map(({ annotations }) => `${annotations["summary"]}\n${annotations["description"]}`)
        .join("\n");
    await vi.waitFor(
      () => expect(texts(), `${each.name}: ${running.stderr}`).toContain(each.cause),
      LONG_WAIT,
    );
  }
}

/** Ends the fault, waits until the last state of each alert is resolved, and ends the process. */
export async function expectResolves(
  running: RunningProcess,
  expected: readonly ExpectedAlert[],
): Promise<void> {
  running.write("mended\n");
  for (const each of expected) {
    const last = (): string | undefined => statesOf(running, each).at(-1)?.state;
    await vi.waitFor(() => expect(last(), `${each.name}: ${running.stderr}`).toBe("resolved"), LONG_WAIT);
  }
  await killed(running);
}

/** Shows a fault: each alert fires only with it, names its cause, and resolves. */
export async function expectFault(
  faulty: FaultyApplication,
  expected: readonly ExpectedAlert[],
): Promise<void> {
  const running = await startFaulty(faulty);
  await expectFires(running, expected);
  await expectResolves(running, expected);
}

/** Kills a process, and waits for its end. */
export async function killed(running: RunningProcess): Promise<void> {
  running.kill("SIGKILL");
  await running.exit;
}

/** Names of the alerts that the application has reported as firing. */
export function firedIn(running: RunningProcess): readonly string[] {
  return linesOf(running).flatMap(({ name, state }) => (state === "firing" ? [name] : []));
}

function statesOf(running: RunningProcess, { name, labels = {} }: ExpectedAlert): readonly AlertLine[] {
  return linesOf(running).filter(
    (alert) =>
      alert.name === name && Object.entries(labels).every(([label, value]) => alert.labels[label] === value),
  );
}

function linesOf({ stdout }: RunningProcess): readonly AlertLine[] {
  return stdout
    .split("\n")
    .slice(0, -1)
    .filter((line) => line.startsWith(`{"name":`))
    .map((line): AlertLine => JSON.parse(line));
}
