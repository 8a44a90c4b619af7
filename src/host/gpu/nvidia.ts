import { diag } from "@opentelemetry/api";
import { logLine } from "../../diagnostics/foreign-text.ts";
import { LogOnce } from "../../diagnostics/log-once.ts";
import { RateLimit } from "../../diagnostics/rate-limit.ts";
import type { GpuReading } from "./gpu-reading.ts";
import { LineChild } from "./line-child.ts";
import { type NvidiaDetails, NvidiaLog } from "./nvidia-log.ts";
import { NvidiaQuery } from "./nvidia-query.ts";

const MAX_GPUS = 64;

/** Times of the programs that are read. */
export interface NvidiaTimes {
  readonly queryMillis: number;
  /** Interval of the log, which costs the driver more. */
  readonly logMillis: number;
}

/** Readings of NVIDIA's GPUs, by two `nvidia-smi` that run until `stop()`. */
export class Nvidia {
  readonly #query = new NvidiaQuery();
  readonly #rows: Latest<GpuReading>;
  readonly #details: Latest<NvidiaDetails>;
  readonly #children: readonly LineChild[];
  readonly #logOnce = new LogOnce();
  readonly #rateLimit = new RateLimit();
  // Message of a program that cannot work.
  #said = "";
  #hasRefused = false;
  #hasWorked = false;

  constructor(command: string, { queryMillis, logMillis }: NvidiaTimes) {
    this.#rows = new Latest(3 * queryMillis);
    this.#details = new Latest(3 * logMillis);
    const log = new NvidiaLog((details) => this.#details.set(details));
    this.#children = [
      new LineChild({
        command,
        arguments: () => [
          `--query-gpu=${this.#query.fields.join(",")}`,
          "--format=csv,noheader,nounits",
          `--loop-ms=${queryMillis}`,
        ],
        intervalMillis: queryMillis,
        onLine: (line) => this.#onRow(line),
        onEnd: (reason) => this.#onQueryEnd(reason),
      }),
      new LineChild({
        command,
        arguments: () => ["-q", "-x", `--loop-ms=${logMillis}`],
        intervalMillis: logMillis,
        onLine: (line) => log.push(line),
        onEnd: (reason) => {
          diag.debug(`GPU metrics: nvidia-smi -q ended (${reason})`);
          return false;
        },
      }),
    ];
  }

  start(): void {
    for (const child of this.#children) child.start();
  }

  stop(): void {
    for (const child of this.#children) child.stop();
  }

  /** Returns the latest readings. Those older than three intervals are left out. */
  readings(): GpuReading[] {
    return this.#rows.values().map((gpu) => ({ ...gpu, ...this.#details.get(gpu.id) }));
  }

  #onRow(line: string): void {
    const reading = this.#query.reading(line);
    if (reading !== undefined) {
      this.#hasWorked = true;
      this.#rows.set(reading);
    } else if (this.#query.refuses(line)) this.#hasRefused = true;
    else this.#said = line;
  }

  #onQueryEnd(reason: string): boolean {
    const said = this.#said === "" ? "" : `: ${logLine(this.#said.slice(0, 256))}`;
    const hasRefused = this.#hasRefused;
    this.#said = "";
    this.#hasRefused = false;
    if (hasRefused) return true;
    const message = `GPU metrics: nvidia-smi ended (${reason})${said}; it is started again, with growing pauses`;
    if (!this.#hasWorked) this.#logOnce.warn("", () => message);
    else if (this.#rateLimit.tryAcquire()) diag.warn(`${message}; this is logged at most once a minute`);
    return false;
  }
}

/** Latest value of each GPU, for a time. */
class Latest<Value extends { readonly id: string }> {
  readonly #maxAgeMillis: number;
  readonly #values = new Map<string, { readonly value: Value; readonly atMillis: number }>();

  constructor(maxAgeMillis: number) {
    this.#maxAgeMillis = maxAgeMillis;
  }

  set(value: Value): void {
    if (this.#values.size >= MAX_GPUS && !this.#values.has(value.id)) return;
    this.#values.set(value.id, { value, atMillis: performance.now() });
  }

  get(id: string): Value | undefined {
    const known = this.#values.get(id);
    if (known === undefined || performance.now() - known.atMillis <= this.#maxAgeMillis) return known?.value;
    this.#values.delete(id);
    return undefined;
  }

  values(): Value[] {
    return [...this.#values.keys()].flatMap((id) => this.get(id) ?? []);
  }
}
