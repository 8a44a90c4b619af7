import { FACADE_CHECKS } from "../../options/facades.ts";
import { check, type Checks, withMethods } from "../../options/check.ts";
import { parsed } from "../../options/parser.ts";
import type { Events } from "../../events/events.ts";
import { commandEvent, type CommandFailure, failureFrom } from "./execution.ts";
import type { FailurePattern, Share } from "./history.ts";
import { RunScope } from "./run-scope.ts";
import { readSystemMetrics, type SystemMetrics } from "./system-metrics.ts";
import { OTHER_ERROR_TYPE } from "../../recording/error-type.ts";
import { FacadeMeter, type FacadeOptions } from "../../recording/facade-meter.ts";
import {
  type GuardedCounter,
  type GuardedHistogram,
  refusalOfAmount,
} from "../../recording/guarded-instruments.ts";
import { KnownCommands } from "./known.ts";
import type { Shared } from "../../recording/shared-state.ts";
import { assertFunction, timedCall } from "../../recording/timed-call.ts";
import { addTo, COMMANDS_STATE, type CommandsState, noCommands } from "./totals.ts";

/** Options of `Commands`. */
export interface CommandsOptions extends FacadeOptions {
  /**
   * Maximum number of command names in the metrics; further names are recorded as `_other`.
   *
   * @defaultValue 100
   */
  readonly maxCommands?: number | undefined;
  /**
   * Receives an event of type `COMMAND` for each execution. Its data are `command_type` (the command's name),
   * `command_id`, `processing_time_ms` and `result_status` (`SUCCESS` or `FAILURE`). No events by default.
   */
  readonly events?: Pick<Events, "record"> | undefined;
}

/** Summary of the executions since the facade was created. */
export interface CommandStats {
  /** Creation time of the facade, in seconds since the epoch. */
  readonly startTime: number;
  /** Seconds since the facade was created. */
  readonly uptimeSeconds: number;
  /** Number of executions. */
  readonly commandsExecuted: number;
  /** Number of executions that succeeded. */
  readonly successfulCommands: number;
  /** Number of executions that failed. */
  readonly failedCommands: number;
  /** Total time of all executions, in seconds. */
  readonly totalExecutionTime: number;
  /** Share of successful executions, such as `66.7%`; `0.0%` before the first one. */
  readonly successRate: string;
  /** Mean time of an execution, such as `1.25s`; `0.00s` before the first one. */
  readonly averageExecutionTime: string;
  /** Current state of the machine. */
  readonly systemMetrics: SystemMetrics;
}

const EXECUTED = "commands.executed";
const DEFAULT_MAX_COMMANDS = 100;
const UNKNOWN_FAILURE: CommandFailure = { errorType: OTHER_ERROR_TYPE, example: "failed" };

/**
 * Records the commands that an application executes, in `commands.executed` and `command.duration`, by `command.name`
 * and `outcome`. No call throws, except `run` if its function throws.
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
  readonly #commands: KnownCommands;
  readonly #scope = new RunScope();
  readonly #executed: GuardedCounter;
  readonly #duration: GuardedHistogram;
  readonly #startTime = Date.now() / 1000;
  readonly #startedMillis = performance.now();
  readonly #totals = noCommands();
  readonly #shared: Shared<CommandsState>;

  /**
   * Creates the facade.
   *
   * @throws OptionsError if `maxCommands` is not a whole number above 0, or `events` has no method `record`.
   */
  constructor(options: CommandsOptions = {}) {
    const { maxCommands = DEFAULT_MAX_COMMANDS } = parsed("commands", (parser) => {
      parser.optional("events", options.events, EVENTS);
      return parser.known("options", options, FACADE_CHECKS.commands);
    });
    this.#events = options.events;
    this.#commands = new KnownCommands(maxCommands);
    this.#meter = new FacadeMeter("tachymeter.commands", options);
    this.#executed = this.#meter.counter(EXECUTED, "{command}", "Commands executed, by name and outcome.");
    this.#duration = this.#meter.durations("command.duration", "Time that commands took.");
    this.#shared = this.#meter.share(COMMANDS_STATE);
  }

  /**
   * Records one execution. An invalid time is dropped, counted in `telemetry.dropped` and logged once; the execution is
   * counted nevertheless.
   *
   * @param command name of the command, without its arguments, which are unbounded and may be secret.
   */
  recordExecution(success: boolean, seconds: number, command?: string): void {
    this.record(command, seconds, success ? undefined : UNKNOWN_FAILURE);
  }

  /**
   * Runs `fn` and records it as an execution; if `fn` returns a promise, once that settles. Results and errors are
   * passed through; instead of a promise, another one with the same outcome is returned. Child processes that `fn`
   * starts are not recorded as commands of their own.
   */
  run<T>(command: string, fn: () => T): T {
    assertFunction("commands.run: fn", fn);
    return this.#scope.within((over) =>
      timedCall(fn, (seconds, failure) => {
        over();
        this.record(command, seconds, failure === undefined ? undefined : failureFrom(failure.error));
      }),
    );
  }

  /**
   * Returns a summary of the executions so far, and the state of the machine. Takes one second: see `getSystemMetrics`.
   * In the process that exports the metrics of a group, the executions of its members are included.
   */
  async getStats(): Promise<CommandStats> {
    const { successes, failures, timed, totalSeconds } = this.#shared.state.withOthers(this.#totals);
    const executed = successes + failures;
    const rate = executed === 0 ? 0 : (successes / executed) * 100;
    const average = timed === 0 ? 0 : totalSeconds / timed;
    const stats = {
      startTime: this.#startTime,
      uptimeSeconds: (performance.now() - this.#startedMillis) / 1000,
      commandsExecuted: executed,
      successfulCommands: successes,
      failedCommands: failures,
      totalExecutionTime: totalSeconds,
      successRate: `${rate.toFixed(1)}%`,
      averageExecutionTime: `${average.toFixed(2)}s`,
    };
    return { ...stats, systemMetrics: await this.getSystemMetrics() };
  }

  /**
   * Returns the current state of the machine. Takes one second, in which the CPUs are measured. Never rejects; unknown
   * values are left out.
   */
  getSystemMetrics(): Promise<SystemMetrics> {
    return readSystemMetrics();
  }

  /**
   * Returns the failures, by command and error type, that are more frequent than chance explains in 99 of 100 cases.
   * The least probable failures come first. There are two kinds:
   *
   * - Failures that became more frequent: their rate in the last 50 executions is higher than in all earlier ones. With
   *   fewer than 100 executions, the later half is compared with the earlier.
   * - Failures that are always frequent: their rate in the last 50 executions is higher than `baselineRate`. The
   *   default is the rate of failures of all other commands, or one half without other commands.
   *
   * At least 3 failures and 10 executions are needed.
   *
   * @param options `baselineRate`: the expected rate of failures, from 0 to 1.
   * @throws OptionsError if `baselineRate` is not a number from 0 to 1.
   *
   * @example
   * for (const { command, errorType, rate } of commands.failurePatterns({ baselineRate: 0.01 })) alarm(command, errorType, rate);
   */
  failurePatterns(options: { readonly baselineRate?: number | undefined } = {}): readonly FailurePattern[] {
    const { baselineRate } = parsed("failurePatterns", (parser) =>
      parser.known("options", options, PATTERNS),
    );
    const all = [...this.#commands];
    const failures = sumOf(all.map(({ history }) => history.failures));
    return all
      .flatMap(({ name, history }) => {
        const { count, total } = history.failures;
        const others = { count: failures.count - count, total: failures.total - total };
        return history.patterns(name, expectedShare(baselineRate, others));
      })
      .toSorted((a, b) => a.pValue - b.pValue);
  }

  /** @internal Records one execution, which succeeded if `failure` is undefined. */
  record(given: unknown, seconds: number, failure: CommandFailure | undefined): void {
    const name = this.#meter.labelFrom(given, EXECUTED, "command.name");
    const command = this.#commands.of(name);
    const isTimed = refusalOfAmount(seconds) === undefined;
    const execution = {
      successes: failure === undefined ? 1 : 0,
      failures: failure === undefined ? 0 : 1,
      timed: isTimed ? 1 : 0,
      totalSeconds: isTimed ? seconds : 0,
    };
    addTo(this.#totals, execution);
    this.#shared.state.add(execution);
    const known = failure && { ...command.failureOf(failure.errorType), example: failure.example };
    this.#executed.add(1, known === undefined ? command.success : command.failure);
    this.#duration.record(seconds, known === undefined ? command.success : known.attributes);
    command.history.note(known);
    this.#events?.record(commandEvent(name, seconds, failure === undefined));
  }

  /** @internal Whether the calling code runs inside a function passed to `run`. */
  get isRunning(): boolean {
    return this.#scope.isInside;
  }
}

// So large that a given rate counts as exact.
const GIVEN_RATE_TOTAL = 1e9;
const RATE_OF_A_LONE_COMMAND = 0.5;
const MIN_OTHERS = 10;
const EVENTS = withMethods("be an Events, such as the running Tachymeter's", "record");
const PATTERNS: Checks<{ baselineRate?: number }> = {
  baselineRate: check(
    "be a number from 0 to 1",
    (rate): rate is number => typeof rate === "number" && rate >= 0 && rate <= 1,
  ),
};

function expectedShare(rate: number | undefined, others: Share): Share {
  if (rate === undefined && others.total >= MIN_OTHERS) return others;
  return { count: (rate ?? RATE_OF_A_LONE_COMMAND) * GIVEN_RATE_TOTAL, total: GIVEN_RATE_TOTAL };
}

function sumOf(shares: readonly Share[]): Share {
  return shares.reduce((sum, { count, total }) => ({ count: sum.count + count, total: sum.total + total }), {
    count: 0,
    total: 0,
  });
}
