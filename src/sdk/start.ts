// The one running Tachymeter of a process.
import { createNoopMeter, diag, metrics } from "@opentelemetry/api";
import { assemble } from "./assemble.ts";
import { joinMainThread } from "../group/threads/join-main-thread.ts";
import { memberProvider } from "../group/threads/member-provider.ts";
import { currentMember, threadMember } from "../group/threads/member.ts";
import { chooseProxy } from "../io/http/proxy.ts";
import { startedProgram } from "../io/files/packages-above.ts";
import { sharedByCopies } from "../io/shared-by-copies.ts";
import { setEnvironment } from "../options/environment.ts";
import { type Configuration, OptionsError } from "../options/index.ts";
import { instrumentationsOfThread } from "./instrumentations.ts";
import type { Options } from "./options.ts";
import { ownFacts } from "./member-facts.ts";
import { reasonOfOtherCopy, warnOfApiCopies } from "./copies.ts";
import { settingsFor } from "./settings.ts";
import { logToStderr } from "./stderr-logger.ts";
import type { Tachymeter } from "./tachymeter.ts";
import { type FoundSettings, threadSettings } from "./thread-settings.ts";
import type { ProviderChoice } from "./provider.ts";
import { isWatchingCommands } from "./watch-first-command.ts";

interface Current {
  readonly tachymeter: Tachymeter;
  readonly startedAt: string;
  /** Whether the application has asked for it; otherwise the first library of a worker thread has. */
  readonly isWanted: boolean;
}

interface State {
  current: Current | undefined;
  hasStarted: boolean;
}

// Shared by all copies of this package of one version: a library may bring its own.
function state(): State {
  return sharedByCopies("sdk", () => ({ current: undefined, hasStarted: false }));
}

/**
 * The running Tachymeter, if there is one, also if another copy of this version has started it. In a worker thread that has
 * joined its main thread's, it is the thread's.
 */
export function running(): Tachymeter | undefined {
  const { current } = state();
  if (current === undefined && currentMember() !== undefined) return begin({}, "member");
  if (current !== undefined) state().current = { ...current, isWanted: true };
  return current?.tachymeter;
}

/**
 * Starts the Tachymeter of a worker thread for an instrumented library, unless the application has started one. The
 * application may still start its own, which replaces this one.
 */
export function startForLibrary(): void {
  if (state().hasStarted || currentMember() === undefined) return;
  begin({}, "member", { isWanted: false });
  const settings = threadSettings();
  // After the thread's program, which may pass them to its own start().
  if (settings !== undefined && settings.lostOptions.length > 0)
    setImmediate(noticeLostOptions, settings).unref();
}

function noticeLostOptions({ lostOptions, noticed }: FoundSettings): void {
  if (state().current?.isWanted !== false || Atomics.exchange(noticed, 0, 1) !== 0) return;
  diag.info(
    `group: worker threads have the defaults of ${lostOptions.join(", ")}, since functions and instances cannot be sent; pass these to start() in the thread`,
  );
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
  const { current } = state();
  if (current !== undefined) {
    if (options === undefined) return running() ?? current.tachymeter;
    if (current.isWanted) throw new AlreadyStartedError(current.startedAt);
    // Its instrumentations end synchronously, so nothing is counted twice.
    current.tachymeter.shutdown().catch(() => {});
  }
  if (currentMember() === undefined && hasForeignProvider()) throw new ForeignMeterProviderError();
  return begin(options ?? {}, hasJoined() ? "member" : "ours");
}

/** As `start()`, for `tachymeter/register`: if another SDK has registered its meter provider, that one is used. */
export function startOnAnyProvider(): Tachymeter {
  const { current } = state();
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
      `start(): tachymeter is already running, started ${startedAt}; call start() without options, or with options before the application: node --import ./telemetry.mjs app.js`,
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
      reasonOfOtherCopy() ??
        "start(): another SDK has registered its MeterProvider; disable its metrics (NodeSDK: metricReaders: []), " +
          "or pass its provider to tachymeter with option createMeterProvider; see tachymeter/docs/troubleshooting.md",
    );
  }
}

function hasJoined(): boolean {
  if (currentMember() !== undefined) return true;
  const host = joinMainThread();
  if (host !== undefined) threadMember(host, memberProvider(host), ownFacts);
  return host !== undefined;
}

function begin(options: Options, choice: ProviderChoice, { isWanted } = { isWanted: true }): Tachymeter {
  const startedAt = callerOf(begin);
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new OptionsError("configuration of tachymeter", [
      { name: "options", value: options, must: 'be an object such as { readers: ["json"] }' },
    ]);
  }
  const given = withoutUndefined(options);
  const settings = settingsFor(given, (read) => (choice === "member" ? ofMember(read, given) : read));
  const { configuration, problems, file } = settings;
  // The main thread has logged the same warnings.
  if (isWanted) {
    logToStderr(configuration.logLevel);
    for (const warning of configuration.warnings) diag.warn(warning);
    if (file?.replaced !== undefined) diag.info(file.replaced);
    if (file?.note !== undefined) diag.debug(file.note);
  }
  if (problems.length > 0) {
    const error = new OptionsError("configuration of tachymeter", problems);
    // A machine on which it is off may lack folders and packages.
    if (configuration.disabled) diag.warn(error.message);
    else {
      setEnvironment(undefined);
      throw error;
    }
  }
  if (choice === "registered")
    diag.warn(
      `${new ForeignMeterProviderError().message}; until then tachymeter records to that MeterProvider`,
    );
  if (isWanted) warnOfApiCopies(startedProgram());
  chooseProxy(configuration.proxy);
  let tachymeter: Tachymeter | undefined = undefined;
  tachymeter = assemble(settings, given, configuration.disabled ? "none" : choice, () => {
    if (state().current?.tachymeter === tachymeter) state().current = undefined;
    setEnvironment(undefined);
    chooseProxy(undefined);
  });
  Object.assign(state(), { current: { tachymeter, startedAt, isWanted }, hasStarted: true });
  return tachymeter;
}

// Such an option does not override the configuration file's.
function withoutUndefined(options: Options): Options {
  const given = { ...options };
  for (const [name, value] of Object.entries(given))
    if (value === undefined) Reflect.deleteProperty(given, name);
  return given;
}

// The main thread measures the process, and has readers, history and event log. Its settings apply to the thread, too.
function ofMember(configuration: Configuration, options: Options): Configuration {
  const inherited = threadSettings();
  const own = options.instrumentations !== undefined;
  const instrumentations = own ? configuration.instrumentations : inherited?.instrumentations;
  const { child_process, ...others } = instrumentationsOfThread(
    instrumentations ?? configuration.instrumentations,
  );
  // If the main thread counts the thread's child processes, the thread must not.
  const ofCommands = isWatchingCommands() || child_process === undefined ? {} : { child_process };
  return {
    ...configuration,
    facades:
      options.facades === undefined ? (inherited?.facades ?? configuration.facades) : configuration.facades,
    readers: [],
    eventLog: undefined,
    history: undefined,
    host: false,
    runtime: options.runtime ?? inherited?.runtime ?? configuration.runtime,
    instrumentations: { ...others, ...ofCommands },
    otelInstrumentations: own
      ? configuration.otelInstrumentations
      : (inherited?.otelInstrumentations ?? configuration.otelInstrumentations),
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
