/** The programs in `programs/`, each run as a group of real threads and processes, and the totals of a scrape. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { application } from "../kit/packed-project.ts";
import { freePort, type RunningProcess, runNode, scrape } from "../kit/process.ts";

const folder = join(import.meta.dirname, "programs");

/** Sums of samples, by the metric's name in Prometheus. */
export type Totals = Readonly<Record<string, number>>;

/** A program that has recorded all and runs on. It ends when the test does. */
export interface RunningProgram {
  readonly child: RunningProcess;
  /** The totals that it has printed. */
  readonly expected: Totals;
  /** Scrapes the only endpoint that the group may have. */
  readonly scrape: () => Promise<string>;
}

/** Arguments, environment and flag of a program. */
export interface ProgramOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The flag that loads Tachymeter; none for programs that load it themselves. @defaultValue "--import" */
  readonly flag?: "--import" | "--require" | "none";
}

/** Starts a program of `programs/`, such as `cluster.mjs`, and waits until it has recorded all. */
export async function runningProgram(
  program: string,
  { args = [], env = {}, flag = "--import" }: ProgramOptions = {},
): Promise<RunningProgram> {
  const files = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]);
  const cwd = await application(Object.fromEntries(files), { libraries: true });
  const port = await freePort();
  const child = runNode({
    cwd,
    args: [...(flag === "none" ? [] : [flag, "tachymeter/register"]), program, ...args],
    env: {
      OTEL_SERVICE_NAME: `group-${port}`,
      OTEL_EXPORTER_PROMETHEUS_PORT: `${port}`,
      TACHYMETER_GROUP_DIRECTORY: join(cwd, "group"),
      ...env,
    },
    openInput: true,
  });
  const [, expected = ""] = await child.waitForOutput(/^expected (\{.*\})\ndone$/m);
  await child.waitForOutput(/Prometheus endpoint/);
  return {
    child,
    expected: JSON.parse(expected),
    scrape: () => scrape(`http://127.0.0.1:${port}/metrics`),
  };
}

/** Adds up the samples of each metric in a text of Prometheus. */
export function totalsOf(text: string, names: readonly string[]): Totals {
  return Object.fromEntries(names.map((name) => [name, totalOf(text, name)]));
}

function totalOf(text: string, name: string): number {
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}
