import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { Backoff } from "../../io/backoff.ts";
import { ownProcess } from "../../io/own-processes.ts";
import { findProgram } from "./find-program.ts";
import { Lines } from "./lines.ts";

const MAX_LINE_LENGTH = 8_192;
// Far above what a machine with 16 GPUs needs in an interval.
const MAX_CHARACTERS_PER_INTERVAL = 16 * 1024 ** 2;
const FIRST_PAUSE_MILLIS = 1_000;
const MAX_PAUSE_MILLIS = 300_000;
// Intervals without output. The first output takes longer if the driver must be loaded for it.
const MAX_SILENT_INTERVALS = 3;
const MAX_FIRST_SILENT_INTERVALS = 12;
const MAX_INTERVALS_BETWEEN_LOOKS = 2;
// For output that arrives after the exit. Descendants of the program may keep its pipes open for ever.
const OUTPUT_AFTER_EXIT_MILLIS = 200;
// Everything else in the environment, such as secrets, is not passed on.
const PASSED_VARIABLES = [
  "PATH",
  "LD_LIBRARY_PATH",
  "SystemRoot",
  "SystemDrive",
  "ProgramFiles",
  "ProgramData",
  "TEMP",
  "TMP",
];

/** The program of a {@link LineChild}, and receivers of its output and its end. */
export interface LineChildOptions {
  readonly command: string;
  /** Called at each start. */
  readonly arguments: () => readonly string[];
  /** Interval at which the program is expected to write. It is killed if it is silent for three, at first for twelve. */
  readonly intervalMillis: number;
  readonly onLine: (line: string) => void;
  /** Called with the reason when the program has ended by itself. Returns whether to start again at once. */
  readonly onEnd: (reason: string) => boolean;
}

/**
 * A program that runs until `stop()` and writes lines. It is started again when it ends, with growing pauses, and killed
 * if it hangs or floods. Neither the program nor its pipes keep this process alive.
 */
export class LineChild {
  readonly #options: LineChildOptions;
  readonly #backoff = new Backoff(FIRST_PAUSE_MILLIS, MAX_PAUSE_MILLIS);
  #child: ChildProcess | undefined;
  #watch: NodeJS.Timeout | undefined;
  #pause: NodeJS.Timeout | undefined;
  #startedMillis = 0;
  #lastLineMillis = 0;
  #lastLookMillis = 0;
  #lateLookMillis = 0;
  #characters = 0;
  #killedFor: string | undefined;
  // A program may keep its lines in a buffer of 4 KiB while it writes to a pipe. `stdbuf` of coreutils prevents that.
  #stdbuf: string | undefined;

  constructor(options: LineChildOptions) {
    this.#options = options;
  }

  start(): void {
    this.#lastLookMillis = performance.now();
    this.#watch ??= setInterval(() => this.#look(), this.#options.intervalMillis).unref();
    this.#spawn();
  }

  /** Kills the program, and starts it no more. */
  stop(): void {
    clearInterval(this.#watch);
    clearTimeout(this.#pause);
    this.#watch = undefined;
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }

  #spawn(): void {
    const call = [this.#options.command, ...this.#options.arguments()];
    const [command = "", ...given] = this.#stdbuf === undefined ? call : [this.#stdbuf, "-oL", ...call];
    this.#startedMillis = performance.now();
    this.#lastLineMillis = this.#startedMillis;
    this.#characters = 0;
    this.#killedFor = undefined;
    try {
      const child = ownProcess(() =>
        spawn(command, given, {
          env: passedEnvironment(),
          stdio: ["ignore", "pipe", "pipe"],
          windowsHide: true,
        }),
      );
      // Without descriptors there are no pipes, and the error comes later.
      child.on("error", () => {});
      const outputs: readonly (Readable | undefined)[] = [child.stdout, child.stderr];
      if (!outputs.every((output) => output !== undefined)) throw new Error("no file descriptors are left");
      this.#child = child;
      this.#follow(child, outputs);
    } catch (error) {
      this.#startLater(errorMessage(error));
    }
  }

  #follow(child: ChildProcess, outputs: readonly Readable[]): void {
    const lines = outputs.map((output) => this.#linesOf(child, output));
    child.unref();
    let isOver = false;
    const end = (reason: string): void => {
      if (isOver) return;
      isOver = true;
      for (const each of lines) each.end();
      for (const output of outputs) output.destroy();
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#startLater(this.#killedFor ?? reason);
    };
    child.once("error", (error) => end(error.message));
    child.once("exit", (code, signal) => {
      const reason = signal === null ? `exit code ${code}` : `signal ${signal}`;
      child.once("close", () => end(reason));
      setTimeout(() => end(reason), OUTPUT_AFTER_EXIT_MILLIS).unref();
    });
  }

  #linesOf(child: ChildProcess, output: Readable): Lines {
    const lines = new Lines(MAX_LINE_LENGTH, (line) => {
      if (this.#child !== child) return;
      this.#lastLineMillis = performance.now();
      this.#options.onLine(line);
    });
    if (output instanceof Socket) output.unref();
    output.on("error", () => {});
    output.setEncoding("utf8").on("data", (text: string) => {
      this.#characters += text.length;
      if (this.#characters > MAX_CHARACTERS_PER_INTERVAL) {
        output.pause();
        this.#kill("too much output");
      } else lines.push(text);
    });
    return lines;
  }

  #look(): void {
    this.#characters = 0;
    const nowMillis = performance.now();
    const sinceLookMillis = nowMillis - this.#lastLookMillis;
    this.#lastLookMillis = nowMillis;
    // The event loop was blocked, so lines may wait in the pipe.
    if (sinceLookMillis > MAX_INTERVALS_BETWEEN_LOOKS * this.#options.intervalMillis)
      this.#lateLookMillis = nowMillis;
    const silentMillis = nowMillis - Math.max(this.#lastLineMillis, this.#lateLookMillis);
    const hasWritten = this.#lastLineMillis > this.#startedMillis;
    const intervals = hasWritten ? MAX_SILENT_INTERVALS : MAX_FIRST_SILENT_INTERVALS;
    const maxMillis = intervals * this.#options.intervalMillis;
    if (silentMillis <= maxMillis) return;
    // A buffer that fills now and then looks like bursts.
    this.#stdbuf ??= findProgram("stdbuf");
    this.#kill(`no output for ${maxMillis / 1000} s`);
  }

  // A program that waits for a broken driver may not end even then. No second one is started beside it.
  #kill(reason: string): void {
    if (this.#child === undefined) return;
    this.#killedFor = reason;
    this.#child.kill("SIGKILL");
  }

  #startLater(reason: string): void {
    if (this.#watch === undefined) return;
    // One that writes a line and ends would otherwise be started all the time.
    const livedMillis = this.#lastLineMillis - this.#startedMillis;
    if (livedMillis > MAX_SILENT_INTERVALS * this.#options.intervalMillis) this.#backoff.reset();
    const pauseMillis = this.#options.onEnd(reason) ? 0 : this.#backoff.nextMillis();
    this.#pause = setTimeout(() => this.#spawn(), pauseMillis).unref();
  }
}

function passedEnvironment(): NodeJS.ProcessEnv {
  const passed = PASSED_VARIABLES.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(passed), LC_ALL: "C" };
}
