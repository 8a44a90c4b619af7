// Real faults of real processes: applications that run the installed package and watch themselves.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { start } from "tachymeter";
import { expect, vi } from "vitest";
import { newFolder } from "../../kit/new-folder.ts";
import { application } from "../../kit/packed-project.ts";
import { type RunningProcess, runNode } from "../../kit/process.ts";
import { type MonitorParameters, shortWindows } from "./short-windows.ts";

type Options = NonNullable<Parameters<typeof start>[0]>;

/** An application with faults. */
export interface FaultyApplication {
  /** Faults of `programs/faults.js` and `programs/facade-faults.js` by name, with their settings. */
  readonly faults?: Readonly<Record<string, object>>;
  /** Another program of folder `programs`, which can import the instrumented libraries. */
  readonly program?: string;
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
  readonly cause: string | RegExp;
  /** Labels by which it differs from others of that name. */
  readonly labels?: Readonly<Record<string, string>>;
}

interface AlertLine {
  readonly name: string;
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const PROGRAMS = join(import.meta.dirname, "programs");
// Not 60 seconds, since a loaded machine may take some for each step.
const LONG_WAIT = { timeout: 150_000, interval: 100 };

/** Starts an application without its fault, and waits until all rules are evaluated. It ends with the test file. */
export async function startFaulty(faulty: FaultyApplication): Promise<RunningProcess> {
  const { faults = {}, program, options = {}, env = {}, nodeArgs = [], wrapper = [] } = faulty;
  const files = readdirSync(PROGRAMS).map((name) => [name, readFileSync(join(PROGRAMS, name), "utf8")]);
  const cwd = await application(
    { ...Object.fromEntries(files), "package.json": `{ "type": "module" }` },
    { libraries: program !== undefined },
  );
  const preloaded = ["--import", "./telemetry.js"];
  const args = [...nodeArgs, ...preloaded, program ?? "faulty.js", JSON.stringify(faults)];
  const [command, ...before] = wrapper;
  const running = runNode({
    cwd,
    args: command === undefined ? args : [...before, process.execPath, ...args],
    ...(command !== undefined && { command }),
    env: {
      OPTIONS: JSON.stringify(withShortWindows(options, faulty.parameters, program !== undefined)),
      ...env,
    },
    openInput: true,
    lifetime: "file",
  });
  await running.waitForOutput(/^ready$/m, LONG_WAIT.timeout);
  return running;
}

function withShortWindows(options: Options, parameters: MonitorParameters = {}, group: boolean): Options {
  const { alerts, ...others } = options;
  const monitors = shortWindows();
  for (const [name, more] of Object.entries(parameters)) monitors[name] = { ...monitors[name], ...more };
  return {
    readers: [],
    hooks: { kernels: true },
    live: { resolution: 1 },
    ...(!group && { group }),
    ...others,
    alerts: {
      interval: 1,
      monitors: { ...monitors, httpErrorBudget: false },
      receivers: [],
      directory: newFolder("alerts"),
      ...(typeof alerts === "object" && alerts),
    },
  };
}

/** Begins the fault, and waits until each alert fires with its cause. None of them fired before. */
export async function expectFires(
  running: RunningProcess,
  expected: readonly ExpectedAlert[],
): Promise<void> {
  expect(expected.flatMap((each) => linesOf(running, each))).toEqual([]);
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
      linesOf(running, each)
        .filter(({ state }) => state === "firing")
        .map(({ annotations }) => `${annotations["summary"]}\n${annotations["description"]}`)
        .join("\n");
    await vi.waitFor(() => expect(texts(), `${each.name}: ${running.stderr}`).toMatch(each.cause), LONG_WAIT);
  }
}

/** Waits until each alert was resolved, with each set of labels that it had. */
export async function expectResolved(
  running: RunningProcess,
  expected: readonly ExpectedAlert[],
): Promise<void> {
  for (const each of expected) {
    const states = (): readonly string[] => [
      ...new Set(lastLinesOf(running, each).map(({ state }) => state)),
    ];
    await vi.waitFor(
      () => expect(states(), `${each.name}: ${running.stderr}`).toEqual(["resolved"]),
      LONG_WAIT,
    );
  }
}

/** Ends the fault, waits until each alert was resolved, and ends the process. */
export async function expectResolves(
  running: RunningProcess,
  expected: readonly ExpectedAlert[],
): Promise<void> {
  running.write("mended\n");
  await expectResolved(running, expected);
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
  return allLinesOf(running)
    .filter(({ state }) => state === "firing")
    .map(({ name }) => name);
}

function linesOf(running: RunningProcess, { name, labels = {} }: ExpectedAlert): readonly AlertLine[] {
  return allLinesOf(running).filter(
    (alert) =>
      alert.name === name && Object.entries(labels).every(([label, value]) => alert.labels[label] === value),
  );
}

// One for each set of labels.
function lastLinesOf(running: RunningProcess, expected: ExpectedAlert): readonly AlertLine[] {
  const lines = linesOf(running, expected).map((line) => [JSON.stringify(line.labels), line] as const);
  return [...new Map(lines).values()];
}

function allLinesOf({ stdout }: RunningProcess): readonly AlertLine[] {
  return stdout
    .split("\n")
    .slice(0, -1)
    .filter((line) => line.startsWith(`{"name":`))
    .map((line): AlertLine => JSON.parse(line));
}
