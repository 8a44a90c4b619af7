// Child processes as commands: found by Node's diagnostics channel, without a change to the application.
import { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { diag, type MeterProvider } from "@opentelemetry/api";
import { InstrumentationBase, type InstrumentationConfig } from "@opentelemetry/instrumentation";
import { markRuns } from "../../src/facades/commands/command-run-scope.ts";
import { Commands } from "../../src/facades/index.ts";
import { isOurs } from "../../src/facades/own-processes.ts";
import { VERSION } from "../../src/version.ts";
import { watchSynchronousForms } from "./synchronous-forms.ts";
import { type OnProcessEnd, watchProcess } from "./watched-process.ts";

const CHANNEL = "child_process";

export interface ChildProcessInstrumentationConfig extends InstrumentationConfig {
  /** Where the processes are recorded; without it a facade of the instrumentation's own, on its meter provider. */
  commands?: Commands;
}

/**
 * Records every child process that is started while this is enabled as the execution of a command, once it is over.
 * One that `Commands.run` starts is part of that command and is not recorded a second time.
 *
 * @example
 * new ChildProcessInstrumentation({ commands });
 */
export class ChildProcessInstrumentation extends InstrumentationBase<ChildProcessInstrumentationConfig> {
  readonly #watches = new Set<() => void>();
  readonly #onProcess = (message: unknown): void => this.#safely(() => this.#watch(message));
  #meterProvider: MeterProvider | undefined;
  #ownCommands: Commands | undefined;
  #restoreForms: (() => void) | undefined;
  #hasFailed = false;

  constructor(config: ChildProcessInstrumentationConfig = {}) {
    // The base class would enable before the fields above are there.
    super("tachymeter.child-process", VERSION, { ...config, enabled: false });
    this.setConfig(config);
    if (config.enabled !== false) this.enable();
  }

  override enable(): void {
    if (this.isEnabled()) return;
    super.enable();
    markRuns();
    this.#restoreForms = watchSynchronousForms(
      () => this.#isWanted(),
      (...ended) => this.#record(...ended),
    );
    subscribe(CHANNEL, this.#onProcess);
  }

  /** Ends at once: running processes get their own methods back, and are not recorded. */
  override disable(): void {
    if (!this.isEnabled()) return;
    super.disable();
    unsubscribe(CHANNEL, this.#onProcess);
    this.#restoreForms?.();
    for (const stop of this.#watches) stop();
    this.#watches.clear();
  }

  override setMeterProvider(meterProvider: MeterProvider): void {
    super.setMeterProvider(meterProvider);
    this.#meterProvider = meterProvider;
    this.#ownCommands = undefined;
  }

  protected override init(): void {}

  #watch(message: unknown): void {
    if (!isProcessMessage(message) || !this.#isWanted()) return;
    const stop = watchProcess(message.process, (...ended) => {
      this.#watches.delete(stop);
      this.#record(...ended);
    });
    this.#watches.add(stop);
  }

  // What runs within a command is part of it.
  #isWanted(): boolean {
    return !isOurs() && !this.#commands().isRunning;
  }

  readonly #record: OnProcessEnd = (command, seconds, errorType) =>
    this.#safely(() => {
      const failure = errorType === undefined ? undefined : { errorType, example: `ended with ${errorType}` };
      this.#commands().record(command(), seconds, failure);
    });

  // What is thrown here would come out of `spawn`, or of the event loop, and end the application.
  #safely(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!this.#hasFailed) diag.error("a child process could not be recorded; this is logged once", error);
      this.#hasFailed = true;
    }
  }

  #commands(): Commands {
    return (
      this.getConfig().commands ??
      (this.#ownCommands ??= new Commands({ meterProvider: this.#meterProvider }))
    );
  }
}

function isProcessMessage(message: unknown): message is { readonly process: ChildProcess } {
  return (
    typeof message === "object" &&
    message !== null &&
    "process" in message &&
    message.process instanceof ChildProcess
  );
}
