// `tachymeter flush <directory>`: sends the data that exited processes left in an outbox to a backend.
import type { FlushedOutbox, FlushProgress } from "../readers/otlp/parts.ts";
import { UsageError } from "./arguments.ts";
import type { Command } from "./command.ts";
import { logTo, Terminal } from "./output.ts";
import { wordFrom } from "../options/environment.ts";

const STALL_SECONDS = 10;

/** The `flush` command. */
export const flush: Command = {
  name: "flush",
  parameters: "<directory>",
  summary: "send data that exited processes left in an outbox to an OTLP backend, oldest first",
  details: [
    "",
    "The OTEL_EXPORTER_OTLP_* environment variables set the backend (default: http://localhost:4318).",
    "Data of running processes is skipped.",
    "",
    `Stops if attempts fail and nothing is delivered for ${STALL_SECONDS} s. Undelivered data stays in the outbox.`,
    "",
    "Exit codes: 0 nothing is left to send, 1 data is left or the outbox cannot be read, 2 invalid arguments.",
  ],
  options: {},
  run: async ({ positionals }) => flushDirectory(directoryFrom(positionals)),
};

function directoryFrom([directory, ...others]: readonly string[]): string {
  if (directory === undefined || directory.trim() === "") {
    throw new UsageError("flush: missing outbox directory; use tachymeter flush <directory>");
  }
  if (others.length > 0) {
    throw new UsageError(
      `flush: expected one directory, got ${others.length + 1}; use tachymeter flush <directory>`,
    );
  }
  return directory;
}

async function flushDirectory(directory: string): Promise<number> {
  const protocol = otlpProtocol(process.env);
  // Loaded on demand, so that the help works without it.
  const { flushOutbox } = await import("../readers/otlp/parts.ts");
  const terminal = new Terminal(process.stderr);
  logTo(terminal);
  const stall = new StallTimeout(STALL_SECONDS);
  let latest: FlushProgress | undefined;
  const onProgress = (progress: FlushProgress): void => {
    latest = progress;
    if (progress.failure === undefined) stall.succeeded();
    else stall.failed();
    if (progress.left.records > 0) terminal.progress(progressText(progress));
  };
  const flushed = await flushOutbox(directory, { protocol, onProgress }, stall.signal).finally(() =>
    terminal.clear(),
  );
  process.stdout.write(`${summaryText(directory, flushed, latest)}\n`);
  return flushed.left === 0 ? 0 : 1;
}

function progressText({ receiver, left, oldestTimeUnixMillis, failure }: FlushProgress): string {
  const age = (Date.now() - (oldestTimeUnixMillis ?? Date.now())) / 1_000;
  const waiting = `${counted(left.records, "record")} left, ${bytesText(left.bytes)}, oldest ${durationText(age)} old`;
  return failure === undefined ? `${receiver}: ${waiting}` : `${waiting}; retrying after: ${failure}`;
}

function summaryText(
  directory: string,
  { delivered, rejected, left, owners }: FlushedOutbox,
  latest: FlushProgress | undefined,
): string {
  const parts: string[] = [];
  if (delivered + rejected + left === 0) parts.push("nothing to send");
  else parts.push(`${counted(delivered, "data point")} delivered`);
  if (rejected > 0) parts.push(`${rejected} rejected by the backend and dropped`);
  if (left > 0)
    parts.push(
      `${counted(left, "data point")} left: ${latest?.failure ?? "the backend does not accept them"}`,
    );
  if (owners > 0) parts.push(`${counted(owners, "running process", "running processes")} skipped`);
  return `outbox "${directory}": ${parts.join(", ")}`;
}

const PROTOCOLS = ["http/protobuf", "http/json", "grpc"] as const;

type Protocol = (typeof PROTOCOLS)[number];

const VARIABLES = ["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];

/** @throws UsageError if the protocol in the environment is not supported */
function otlpProtocol(environment: Readonly<Record<string, string | undefined>>): Protocol {
  const variable = VARIABLES.find((name) => wordFrom(environment, name) !== undefined);
  if (variable === undefined) return "http/protobuf";
  const value = wordFrom(environment, variable);
  const protocol = PROTOCOLS.find((each) => each === value);
  if (protocol !== undefined) return protocol;
  throw new UsageError(`${variable} must be one of ${PROTOCOLS.join(", ")}, got "${value}"`);
}

/** `1 record`, `2 records`. */
export function counted(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`;
}

/** `512 B`, `1.5 KiB`, `20.0 MiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  if (bytes < 1_048_576) return `${(bytes / 1_024).toFixed(1)} KiB`;
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

/** Rounded down: `42 s`, `5 min`, `3 h`, `2 d`. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${Math.max(Math.floor(seconds), 0)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** Aborts if at least one attempt has failed and none succeeds within a time limit. */
export class StallTimeout {
  readonly #millis: number;
  readonly #end = new AbortController();
  #timer: NodeJS.Timeout;
  #hasFailed = false;
  #isOver = false;

  /** @param seconds time limit, restarted by each success */
  constructor(seconds: number) {
    this.#millis = seconds * 1_000;
    this.#timer = this.#wait();
  }

  /** Aborted when the time limit is exceeded. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  succeeded(): void {
    clearTimeout(this.#timer);
    this.#hasFailed = false;
    this.#isOver = false;
    this.#timer = this.#wait();
  }

  failed(): void {
    this.#hasFailed = true;
    if (this.#isOver) this.#end.abort();
  }

  #wait(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#isOver = true;
      // An attempt that has not failed yet may still succeed.
      if (this.#hasFailed) this.#end.abort();
    }, this.#millis).unref();
  }
}
