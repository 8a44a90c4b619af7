// The one running Tachymeter of a process.
import { createNoopMeter, diag, metrics } from "@opentelemetry/api";
import { warnOfApiCopies } from "./api-copies.ts";
import { assemble, type ProviderChoice } from "./assemble.ts";
import { joinMainThread } from "../group/threads/join-main-thread.ts";
import { memberProvider } from "../group/threads/member-provider.ts";
import { currentMember, threadMember } from "../group/threads/member.ts";
import { type Configuration, OptionsError, readConfiguration } from "../options/index.ts";
import { instrumentationProblems } from "./instrumentations.ts";
import type { Options } from "./options.ts";
import { checkReaders } from "./reader-problems.ts";
import { logToStderr } from "./stderr-logger.ts";
import type { Tachymeter } from "./tachymeter.ts";
import { isWatchingCommands } from "./watch-first-command.ts";

let current: { readonly tachymeter: Tachymeter; readonly startedAt: string } | undefined;

/** The running Tachymeter, if there is one. In a worker thread that has joined its main thread's, it is the thread's. */
export function running(): Tachymeter | undefined {
  if (current === undefined && currentMember() !== undefined) return begin({}, "member");
  return current?.tachymeter;
}

/**
 * Registers the global meter provider and starts its readers, facades and hooks. Without options, it returns the
 * running Tachymeter if there is one. After `shutdown()` it starts a new one.
 *
 * In a worker thread whose main thread runs Tachymeter, the thread joins it. The main thread then reads and exports what
 * the thread records, and the thread's own readers, history and event log are not started.
 *
 * @throws OptionsError with all invalid options and variables.
 * @throws AlreadyStartedError if options are given and Tachymeter is already running.
 * @throws ForeignMeterProviderError if another SDK has registered its meter provider.
 *
 * @example
 * const telemetry = start({ serviceName: "shop", readers: ["prometheus"] });
 * await telemetry.ready;
 * console.log(telemetry.prometheusUrl);
 */
export function start(options?: Options): Tachymeter {
  if (current !== undefined) {
    if (options === undefined) return current.tachymeter;
    throw new AlreadyStartedError(current.startedAt);
  }
  if (currentMember() === undefined && hasForeignProvider()) throw new ForeignMeterProviderError();
  return begin(options ?? {}, hasJoined() ? "member" : "ours");
}

/** As `start()`, for `tachymeter/register`: if another SDK has registered its meter provider, that one is used. */
export function startOnAnyProvider(): Tachymeter {
  if (current !== undefined) return current.tachymeter;
  if (!hasForeignProvider()) return begin({}, "ours");
  return begin({}, "registered");
}

/**
 * Thrown by `start()` if options are given and Tachymeter is already running. The message has the place of its start.
 */
export class AlreadyStartedError extends Error {
  /** Always `AlreadyStartedError`. */
  override readonly name = "AlreadyStartedError";
  /** Always `TACHYMETER_ALREADY_STARTED`. */
  readonly code = "TACHYMETER_ALREADY_STARTED";

  constructor(startedAt: string) {
    super(
      `start(): tachymeter is already running, started ${startedAt}; call start() without options, or call shutdown() first`,
    );
  }
}

/** Thrown by `start()` if another SDK has registered the global meter provider. */
export class ForeignMeterProviderError extends Error {
  /** Always `ForeignMeterProviderError`. */
  override readonly name = "ForeignMeterProviderError";
  /** Always `TACHYMETER_FOREIGN_METER_PROVIDER`. */
  readonly code = "TACHYMETER_FOREIGN_METER_PROVIDER";

  constructor() {
    super(
      "start(): another SDK has registered its MeterProvider; disable its metrics (NodeSDK: metricReaders: []), " +
        "or pass its provider to tachymeter with option createMeterProvider; see tachymeter/docs/troubleshooting.md",
    );
  }
}

function hasJoined(): boolean {
  if (currentMember() !== undefined) return true;
  const host = joinMainThread();
  if (host !== undefined) threadMember(host, memberProvider(host));
  return host !== undefined;
}

function begin(options: Options, choice: ProviderChoice | "member"): Tachymeter {
  const startedAt = callerOf(begin);
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new OptionsError("configuration of tachymeter", [
      { name: "options", value: options, must: 'be an object such as { readers: ["json"] }' },
    ]);
  }
  const configured = readConfiguration({ ...options }, process.env);
  const configuration = checkReaders(choice === "member" ? ofMember(configured) : configured);
  const problems = [...configuration.problems, ...instrumentationProblems(configuration.instrumentations)];
  logToStderr(configuration.logLevel);
  for (const warning of configuration.warnings) diag.warn(warning);
  if (problems.length > 0) throw new OptionsError("configuration of tachymeter", problems);
  if (choice === "registered")
    diag.warn(
      `${new ForeignMeterProviderError().message}; until then tachymeter records to that MeterProvider`,
    );
  warnOfApiCopies(process.argv[1]);
  // The thread's provider is registered already.
  const provider = choice === "member" ? "registered" : choice;
  const tachymeter = assemble(configuration, options, configuration.disabled ? "none" : provider, () => {
    current = undefined;
  });
  current = { tachymeter, startedAt };
  return tachymeter;
}

// The main thread measures the process, and has readers, history and event log.
function ofMember(configuration: Configuration): Configuration {
  const { child_process, ...others } = configuration.instrumentations;
  // If the main thread counts the thread's child processes, the thread must not.
  const own = isWatchingCommands() || child_process === undefined ? {} : { child_process };
  return {
    ...configuration,
    readers: [],
    eventLog: undefined,
    history: undefined,
    host: false,
    runtime: false,
    instrumentations: { ...others, ...own },
  };
}

// The API returns its no-op meter only while no provider is registered.
function hasForeignProvider(): boolean {
  return metrics.getMeterProvider().getMeter("tachymeter") !== createNoopMeter();
}

/** The place (file, line and column) at which the public function that called `callee` was called. */
function callerOf(callee: (...given: never[]) => unknown): string {
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace, callee);
  // The application may have replaced `Error.prepareStackTrace`, so the stack may not be a string.
  const stack: unknown = trace.stack;
  const frame = typeof stack === "string" ? stack.split("\n")[2]?.trim() : undefined;
  return frame ?? "at an unknown place";
}
