/** Processes of one named group that a test drives: what they record, when they are blocked, and how they end. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { application } from "../kit/packed-project.ts";
import { freePort, type RunningProcess, runNode, scrape } from "../kit/process.ts";
import { type Totals, totalsOf } from "./running-program.ts";

const programs = join(import.meta.dirname, "programs");

export interface DrivenOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of Node.js before those that load Tachymeter. */
  readonly flags?: readonly string[];
  /** Commands of a shell that are run before, such as `ulimit`. */
  readonly shell?: string;
}

/** A process that obeys. */
export interface Driven {
  readonly process: RunningProcess;
  /** Lets it do something, such as `add 5`, and waits until it has. */
  tell(command: string): Promise<void>;
  /** As `tell`, without waiting. */
  start(command: string): void;
}

export class DrivenGroup {
  readonly #cwd: string;
  readonly #port: number;
  readonly #name: string;

  private constructor(cwd: string, port: number) {
    this.#cwd = cwd;
    this.#port = port;
    this.#name = `driven-${port}`;
  }

  static async create(): Promise<DrivenGroup> {
    const files = readdirSync(programs).map((name) => [name, readFileSync(join(programs, name), "utf8")]);
    return new DrivenGroup(await application(Object.fromEntries(files)), await freePort());
  }

  /** The folder of the group's state. */
  get folder(): string {
    return join(this.#cwd, "group", this.#name, this.#name, "v1");
  }

  /** Folder of the programs, and working directory of the processes. */
  get cwd(): string {
    return this.#cwd;
  }

  /** Starts a process; the first one exports. Reports are made five times a second. */
  async join({ env = {}, flags = [], shell }: DrivenOptions = {}): Promise<Driven> {
    const args = [...flags, "--import", "tachymeter/register", "driven.mjs"];
    const child = runNode({
      cwd: this.#cwd,
      ...(shell === undefined
        ? { args }
        : { command: "sh", args: ["-c", `${shell}; exec "$0" "$@"`, process.execPath, ...args] }),
      env: {
        OTEL_SERVICE_NAME: this.#name,
        OTEL_EXPORTER_PROMETHEUS_PORT: String(this.#port),
        TACHYMETER_GROUP: this.#name,
        TACHYMETER_GROUP_DIRECTORY: join(this.#cwd, "group"),
        TACHYMETER_GROUP_INTERVAL: "0.2",
        ...env,
      },
      openInput: true,
    });
    await child.waitForOutput(/^ready$/m);
    const said = new Map<string, number>();
    return {
      process: child,
      start: (command) => child.write(`${command}\n`),
      tell: async (command) => {
        const times = (said.get(command) ?? 0) + 1;
        said.set(command, times);
        child.write(`${command}\n`);
        await child.waitForOutput(new RegExp(`(?:^${command} done$[^]*?){${times}}`, "m"));
      },
    };
  }

  /** The text of the group's only endpoint. */
  scrape(): Promise<string> {
    return scrape(`http://127.0.0.1:${this.#port}/metrics`);
  }

  /** The text of another path of the group's endpoint. */
  ask(path: string): Promise<string> {
    return scrape(`http://127.0.0.1:${this.#port}${path}`);
  }

  /** Adds up the samples of each metric. */
  async totals(...names: readonly string[]): Promise<Totals> {
    return totalsOf(await this.scrape(), names);
  }
}

/** Expects the sums of a scrape, in time. */
export async function expectTotals(group: DrivenGroup, expected: Totals): Promise<void> {
  await expect.poll(() => group.totals(...Object.keys(expected)), { timeout: 10_000 }).toEqual(expected);
}
