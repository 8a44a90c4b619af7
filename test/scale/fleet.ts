// The processes of a run: real ones, and one that replays the traffic of the others.
import { mkdirSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { newFolder } from "../kit/new-folder.ts";
import { application, packedModules } from "../kit/packed-project.ts";
import { type RunningProcess, runNode } from "../kit/process.ts";
import { capturedRequest } from "./captured-request.ts";
import type { VictoriaMetrics } from "../servers/victoria-metrics.ts";
import type { Exported } from "./completeness.ts";
import { CATCH_UP, INTERVAL, PROCESSES, REAL, SERIES, TIMEOUT } from "./settings.ts";

const CAPTURED_VALUE = 1_234_567_890_123;
const START_MILLIS = 600_000;

interface CatchUp {
  readonly requests: number;
  readonly seconds: number;
}

interface Usage {
  readonly cpuMillis: number;
  readonly residentBytes: number;
}

/** Starts, kills and ends the processes, and reads what they print. */
export class Fleet {
  /** Folder of the real ones' outboxes, which they share. */
  readonly directory: string = newFolder("scale-outbox");
  /** Folders of the other outboxes. */
  readonly directories: readonly string[];
  readonly #cwd: string;
  readonly #url: string;
  readonly #instances: readonly string[];
  readonly #real = new Map<string, RunningProcess>();
  readonly #replayed: RunningProcess;
  readonly #ended: Exported[] = [];

  /** Starts the processes, which wait for `begin()`. */
  static async start(url: string): Promise<Fleet> {
    await packedModules();
    const program = (name: string): string =>
      readFileSync(join(import.meta.dirname, "programs", name), "utf8");
    const cwd = await application({ "real.mjs": program("real.js"), "replayed.mjs": program("replayed.js") });
    const instance = "captured-0000000";
    const captured = await capturedRequest(instance, CAPTURED_VALUE, async (target) => {
      const folder = newFolder("captured-outbox");
      const sender = startReal(cwd, instance, {
        url: target,
        directory: folder,
        interval: 2,
        first: CAPTURED_VALUE,
      });
      await sender.waitForOutput(/ready/);
      sender.write("go\n");
      return sender;
    });
    const fleet = new Fleet(cwd, url, captured);
    await fleet.#replayed.waitForOutput(/ready/);
    for (const each of fleet.#real.values()) await each.waitForOutput(/ready/, START_MILLIS);
    return fleet;
  }

  private constructor(cwd: string, url: string, captured: object) {
    this.#cwd = cwd;
    this.#url = url;
    this.#instances = Array.from({ length: PROCESSES - REAL }, (_, index) => nameOf("replayed", index));
    const directory = newFolder("scale-outboxes");
    this.directories = this.#instances.map((instance) => join(directory, instance));
    for (const folder of this.directories) mkdirSync(folder);
    const settings = { ...common(url), directory, instances: this.#instances, captured };
    this.#replayed = runNode({
      cwd,
      args: ["replayed.mjs", JSON.stringify(settings)],
      openInput: true,
    });
    for (let index = 0; index < REAL; index++) this.#startReal(nameOf("reallife", index));
  }

  /** Starts the telemetry of all processes at the same time. */
  async begin(): Promise<void> {
    for (const each of [this.#replayed, ...this.#real.values()]) each.write("go\n");
    await this.#replayed.waitForOutput(/begun/);
  }

  /** Kills real processes and starts others in their place, which deliver what the killed ones have collected. */
  async kill(count: number): Promise<void> {
    for (const [instance, process] of [...this.#real].slice(0, count)) {
      process.kill("SIGKILL");
      await process.exit;
      this.#real.delete(instance);
      this.#ended.push({ instance, collections: collectionsOf(process.stdout), isKilled: true });
      const next = this.#startReal(instance.replace("reallife", "nextlife"));
      await next.waitForOutput(/ready/);
      next.write("go\n");
    }
  }

  /** Ends all processes as an orchestrator does. */
  async end(): Promise<readonly Exported[]> {
    for (const [instance, process] of this.#real) {
      process.kill();
      await process.exit;
      this.#ended.push({ instance, collections: collectionsOf(process.stdout), isKilled: false });
    }
    this.#replayed.kill();
    await this.#replayed.exit;
    const numbers = new Map<string, number>();
    for (const [, instance = "", number] of this.#replayed.stdout.matchAll(/^collection (\S+) (\d+)$/gm))
      numbers.set(instance, Number(number));
    for (const instance of this.#instances)
      this.#ended.push({ instance, collections: numbers.get(instance) ?? 0, isKilled: false });
    return this.#ended;
  }

  /** Times of the first collections of the real processes, in seconds since the epoch. */
  get firstCollections(): number[] {
    return [...this.#real.values()].flatMap(({ stdout }) => {
      const at = /^collection 1 (\d+) /m.exec(stdout)?.[1];
      return at === undefined ? [] : [Number(at) / 1_000];
    });
  }

  /** Requests that wait in the outboxes of the replayed processes. */
  get waiting(): number {
    const { stdout } = this.#replayed;
    const at = stdout.lastIndexOf("\nwaiting ");
    return at < 0 ? 0 : Number.parseInt(stdout.slice(at + 9), 10);
  }

  /** Real processes, the killed ones among them, of which the backend does not have all collections but the last. */
  async incompleteReal(server: VictoriaMetrics): Promise<number> {
    const stored = await server.samples(
      '{__name__="jobs","service.instance.id"=~"(real|next)life-.*",shop="shop-0"}',
    );
    const values = new Map(
      stored.map((each) => [each.labels["service.instance.id"], each.values.at(-1) ?? 0]),
    );
    const running = [...this.#real].map(([instance, { stdout }]) => ({
      instance,
      collections: collectionsOf(stdout),
    }));
    return [...running, ...this.#ended].filter(
      ({ instance, collections }) => (values.get(instance) ?? 0) < collections - 1,
    ).length;
  }

  /** Bytes on disk in the outboxes of the replayed processes. */
  get outboxBytes(): number {
    return this.directories.reduce((sum, folder) => sum + bytesIn(folder), 0);
  }

  /** Times at which replayed processes reached the backend again, in seconds since the epoch. */
  get returns(): number[] {
    return Array.from(this.#replayed.stdout.matchAll(/^returned (\d+)$/gm), ([, at]) => Number(at) / 1_000);
  }

  /** Requests of each replayed process from its return until nothing waited. */
  get catchUps(): CatchUp[] {
    const lines = this.#replayed.stdout.matchAll(/^caught-up (\d+) (\S+)$/gm);
    return Array.from(lines, ([, requests, millis]) => ({
      requests: Number(requests),
      seconds: Number(millis) / 1_000,
    }));
  }

  /** Failed attempts of the replayed processes by their type, after the end. */
  get failures(): Readonly<Record<string, number>> {
    return JSON.parse(/^failures (.*)$/m.exec(this.#replayed.stdout)?.[1] ?? "{}");
  }

  /** Use of the machine by the real processes: processor time for each collection, and memory now. */
  get usages(): readonly Usage[] {
    return [...this.#real.values()].flatMap(({ stdout }) => {
      const last = Array.from(stdout.matchAll(/^collection \d+ \d+ (\S+) (\d+)$/gm)).at(-1);
      return last === undefined ? [] : [{ cpuMillis: Number(last[1]), residentBytes: Number(last[2]) }];
    });
  }

  #startReal(instance: string): RunningProcess {
    const settings = { url: this.#url, directory: this.directory, interval: INTERVAL, first: 1 };
    const process = startReal(this.#cwd, instance, settings);
    this.#real.set(instance, process);
    return process;
  }
}

interface RealSettings {
  readonly url: string;
  readonly directory: string;
  readonly interval: number;
  /** Value at its first collection. */
  readonly first: number;
}

function startReal(cwd: string, instance: string, settings: RealSettings): RunningProcess {
  return runNode({
    cwd,
    args: ["real.mjs", JSON.stringify({ ...common(settings.url), ...settings })],
    env: { OTEL_RESOURCE_ATTRIBUTES: `service.name=scale,service.instance.id=${instance}` },
    openInput: true,
  });
}

function common(url: string) {
  return { url, interval: INTERVAL, series: SERIES, catchUp: CATCH_UP, timeout: TIMEOUT };
}

function nameOf(kind: string, index: number): string {
  return `${kind}-${String(index).padStart(7, "0")}`;
}

function collectionsOf(output: string): number {
  return Math.max(0, ...Array.from(output.matchAll(/^collection (\d+) /gm), ([, number]) => Number(number)));
}

function bytesIn(folder: string): number {
  let bytes = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (name.endsWith(".segment"))
      bytes += statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}
