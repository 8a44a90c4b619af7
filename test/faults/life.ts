// One process that records, until it ends.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type RunningProcess, runNode } from "../kit/process.ts";

/** The end of a process: killed at once, ended by a signal that lets it flush, or by `process.exit()`. */
export type End = "SIGKILL" | "SIGTERM" | "exit";

/** The operations that can be running when a process is killed. */
export const PHASES = ["write", "fsync", "rename", "export", "cursor"] as const;
export type Phase = (typeof PHASES)[number];

/** Options of a process. */
export interface LifeOptions {
  /** The folder of the programs. */
  readonly cwd: string;
  /** The folder of its journal. */
  readonly folder: string;
  /** Number of the process in its round, from 1. */
  readonly life: number;
  /** Exports with a reader of `start()`, or with an exporter that reports its acknowledgements. */
  readonly way: "reader" | "exporter";
  readonly url: string;
  readonly directory: string;
  readonly ballastBytes: number;
  /** Maximum time of a disk operation. */
  readonly pauseMillis: number;
  /** Maximum size of files in KiB; `undefined` for no limit. */
  readonly fileLimit: number | undefined;
}

/** The notes of a process, and its end. All steps are counted from 1. */
export interface LifeReport {
  readonly life: number;
  readonly way: LifeOptions["way"];
  readonly end: End;
  /** The last step that was recorded. */
  readonly recorded: number;
  /** The last step that was recorded before the end was requested. */
  readonly recordedBefore: number;
  /** The last step that was acknowledged. */
  readonly acknowledged: number;
  /** The last step that was acknowledged and on disk; while the disk fails, steps are only in memory. */
  readonly durable: number;
  readonly hasDiskFailed: boolean;
  /** Log messages about dropped collections. */
  readonly dropped: readonly string[];
  /** The operations that were running at the end. */
  readonly phases: readonly Phase[];
  readonly stderr: string;
}

/** A running process. */
export class Life {
  readonly #options: LifeOptions;
  readonly #journal: string;
  readonly #underWay: string;
  readonly #process: RunningProcess;

  constructor(options: LifeOptions) {
    const { cwd, folder, life, fileLimit, pauseMillis, ...others } = options;
    this.#options = options;
    this.#journal = join(folder, `journal-${life}`);
    this.#underWay = join(folder, `under-way-${life}`);
    const settings = JSON.stringify({ ...others, life, journal: this.#journal });
    const args = ["--import", "./slow-disk.mjs", "life.mjs", settings];
    const limited = ["-c", `ulimit -f ${fileLimit} && exec "$@"`, "bash", process.execPath, ...args];
    this.#process = runNode({
      cwd,
      ...(fileLimit === undefined ? { args } : { command: "bash", args: limited }),
      env: { FAULTS_DISK: JSON.stringify({ file: this.#underWay, pauseMillis }) },
    });
  }

  /** Resolves once its work begins. */
  async begun(): Promise<void> {
    await this.#process.waitForOutput(/begun/);
  }

  /** Ends it. */
  async end(end: End): Promise<LifeReport> {
    const { life, way } = this.#options;
    const recordedBefore = this.#journalNow().recorded;
    this.#process.kill(end === "exit" ? "SIGUSR2" : end);
    await this.#process.exit;
    const counts = readFileSync(this.#underWay);
    return {
      life,
      way,
      end,
      recordedBefore,
      ...this.#journalNow(),
      phases: PHASES.filter((_, i) => counts[i] !== 0),
      stderr: this.#process.stderr,
    };
  }

  #journalNow() {
    let recorded = 0;
    let acknowledged = 0;
    let durable = 0;
    let isFailing = false;
    let hasDiskFailed = false;
    const dropped: string[] = [];
    const text = existsSync(this.#journal) ? readFileSync(this.#journal, "utf8") : "";
    for (const line of text.split("\n")) {
      const step = Number(line.split(" ")[1]);
      if (line.startsWith("recorded")) recorded = step;
      else if (line.startsWith("acknowledged")) acknowledged = step;
      else if (line.startsWith("dropped")) dropped.push(line);
      else if (line === "disk failed") hasDiskFailed = isFailing = true;
      else if (line === "disk works") isFailing = false;
      if (!isFailing) durable = acknowledged;
    }
    return { recorded, acknowledged, durable, hasDiskFailed, dropped };
  }
}
