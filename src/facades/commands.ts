// The commands that an application executes: how many, how long, with what success.
import { inspect } from "node:util";
import type { Events } from "../events/events.ts";
import { CommandNames } from "./command-attributes.ts";
import { commandEvent } from "./command-event.ts";
import { RunScope } from "./command-run-scope.ts";
import { readSystemMetrics, type SystemMetrics } from "./command-system-metrics.ts";
import { errorTypeOf, OTHER_ERROR_TYPE } from "./error-type.ts";
import { FacadeMeter, type FacadeOptions } from "./facade-meter.ts";
import { FacadeOptionsError } from "./facade-options-error.ts";
import { nameFromGiven } from "./given-name.ts";
import { type GuardedCounter, type GuardedHistogram, refusalOfAmount } from "./guarded-instruments.ts";
import { timedCall } from "./timed-call.ts";

/** What a `Commands` takes. */
export interface CommandsOptions extends FacadeOptions {
  /**
   * How many commands are kept apart by name in the metrics; further ones are recorded as `_other`.
   *
   * @defaultValue 100
   */
  readonly maxCommands?: number | undefined;
  /**
   * Where each execution is recorded as an event too: type `COMMAND`, with `command_type` (the command's name),
   * `command_id`, `processing_time_ms` and `result_status` (`SUCCESS` or `FAILURE`) as its data.
   *
   * @defaultValue none is
   */
  readonly events?: Pick<Events, "record"> | undefined;
}

/** What was executed since the facade was made. */
export interface CommandStats {
  /** When the facade was made, in seconds since the epoch. */
  readonly startTime: number;
  readonly uptimeSeconds: number;
  readonly commandsExecuted: number;
  readonly successfulCommands: number;
  readonly failedCommands: number;
  /** Seconds. */
  readonly totalExecutionTime: number;
  /** Such as `66.7%`; `0.0%` before the first command. */
  readonly successRate: string;
  /** Such as `1.25s`; `0.00s` before the first command. */
  readonly averageExecutionTime: string;
  readonly systemMetrics: SystemMetrics;
}

const EXECUTED = "commands.executed";
const DEFAULT_MAX_COMMANDS = 100;

/**
 * Records the commands that an application executes: `commands.executed` and `command.duration`, by `command.name`
 * and `outcome`. No call ever throws but what a function given to `run` throws.
 *
 * @example
 * const commands = new Commands();
 * commands.recordExecution(true, 1.5, "backup");
 * const report = commands.run("report", () => "three pages");
 * const { successRate } = await commands.getStats();
 * console.log(successRate); // 100.0%
 */
export class Commands {
  readonly #meter: FacadeMeter;
  readonly #events: Pick<Events, "record"> | undefined;
  readonly #names: CommandNames;
  readonly #scope = new RunScope();
  readonly #executed: GuardedCounter;
  readonly #duration: GuardedHistogram;
  readonly #startTime = Date.now() / 1000;
  readonly #startedMillis = performance.now();
  #successes = 0;
  #failures = 0;
  #totalSeconds = 0;

  /** @throws FacadeOptionsError where `maxCommands` is no whole number above 0, or `events` cannot record. */
  constructor(options: CommandsOptions = {}) {
    checkOptions(options);
    this.#events = options.events;
    this.#names = new CommandNames(options.maxCommands ?? DEFAULT_MAX_COMMANDS);
    this.#meter = new FacadeMeter("tachymeter.commands", options);
    this.#executed = this.#meter.counter(EXECUTED, {
      unit: "{command}",
      description: "Commands executed, by name and outcome.",
    });
    this.#duration = this.#meter.durations("command.duration", "Time that commands took.");
  }

  /**
   * Records one execution. Where the time is no number of seconds, the execution counts and the time is dropped,
   * counted in `telemetry.dropped` and logged once.
   *
   * @param command its name, without arguments: they hold secrets, and there is no end of them.
   */
  recordExecution(success: boolean, seconds: number, command?: string): void {
    this.record(command, seconds, success ? undefined : OTHER_ERROR_TYPE);
  }

  /**
   * Runs `fn` as the execution of a command and records it, for a promise once it is settled. What `fn` gives, throws
   * or rejects with comes through unchanged; a promise comes back as one that follows it. Child processes that `fn`
   * starts meanwhile are part of this command and are not recorded as ones of their own.
   */
  run<T>(command: string, fn: () => T): T {
    return this.#scope.within((over) =>
      timedCall(fn, (seconds, failure) => {
        over();
        this.record(command, seconds, failure === undefined ? undefined : errorTypeOf(failure.error));
      }),
    );
  }

  /** What was executed until now, and what the machine does. Takes a second: see `getSystemMetrics`. */
  async getStats(): Promise<CommandStats> {
    const executed = this.#successes + this.#failures;
    const rate = executed === 0 ? 0 : (this.#successes / executed) * 100;
    const average = executed === 0 ? 0 : this.#totalSeconds / executed;
    const stats = {
      startTime: this.#startTime,
      uptimeSeconds: (performance.now() - this.#startedMillis) / 1000,
      commandsExecuted: executed,
      successfulCommands: this.#successes,
      failedCommands: this.#failures,
      totalExecutionTime: this.#totalSeconds,
      successRate: `${rate.toFixed(1)}%`,
      averageExecutionTime: `${average.toFixed(2)}s`,
    };
    return { ...stats, systemMetrics: await this.getSystemMetrics() };
  }

  /**
   * What the machine does now. Takes a second, over which the processors are watched. Never rejects: a part that the
   * system does not tell is missing, and the rest is there.
   */
  getSystemMetrics(): Promise<SystemMetrics> {
    return readSystemMetrics();
  }

  /** @internal Records one execution, which failed where there is an error type. */
  record(given: unknown, seconds: number, errorType: string | undefined): void {
    const command = this.#nameOf(given);
    const attributes = this.#names.of(command);
    const isSuccess = errorType === undefined;
    if (isSuccess) this.#successes++;
    else this.#failures++;
    if (refusalOfAmount(seconds) === undefined) this.#totalSeconds += seconds;
    this.#executed.add(1, isSuccess ? attributes.success : attributes.failure);
    this.#duration.record(seconds, isSuccess ? attributes.success : attributes.failureOf(errorType));
    this.#events?.record(commandEvent({ command, seconds, isSuccess }));
  }

  /** @internal Whether the caller was called by a function that `run` runs. */
  get isRunning(): boolean {
    return this.#scope.isInside;
  }

  #nameOf(given: unknown): string | undefined {
    const name = nameFromGiven(given);
    if (name === undefined && given !== undefined && given !== null) {
      this.#meter.drops.label(EXECUTED, "invalid", "command.name");
    }
    return name;
  }
}

function checkOptions({ maxCommands, events }: CommandsOptions): void {
  const problems: string[] = [];
  if (maxCommands !== undefined && !(Number.isInteger(maxCommands) && maxCommands > 0)) {
    problems.push(
      `commands option "maxCommands": ${inspect(maxCommands, { depth: 0 })} is no whole number above 0; give how many commands to keep apart, such as ${DEFAULT_MAX_COMMANDS}`,
    );
  }
  if (events !== undefined && typeof events?.record !== "function") {
    problems.push(
      `commands option "events": ${inspect(events, { depth: 0 })} cannot record; give an Events, such as the running Tachymeter's`,
    );
  }
  if (problems.length > 0) throw new FacadeOptionsError(problems.join("\n"));
}
