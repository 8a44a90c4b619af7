// Profiles of the main thread: which functions hold its event loop.
import { isMainThread } from "node:worker_threads";
import type { Attributes, Counter, MeterProvider } from "@opentelemetry/api";
import type { TelemetryEvent } from "../events/event.ts";
import type { Events } from "../events/events.ts";
import { isObject } from "../options/check.ts";
import type { ProfileSettings } from "../options/profiles.ts";
import type { Block, HotFunction, LoopWatch } from "../profiles/parts.ts";
import { BoundedNames, OTHER_NAME } from "../recording/bounded-names.ts";
import { VERSION } from "../version.ts";
import { TakenAlertProfiles } from "./alert-profiles.ts";
import { part } from "#on-demand";

const BLOCKED = "eventloop.blocked";
// Functions of the counter. Applications block in few places.
const MAX_FUNCTIONS = 50;

interface ProfilesParts {
  /** `undefined` if profiles are off. */
  readonly settings: ProfileSettings | undefined;
  readonly meterProvider: MeterProvider;
  readonly events: Events;
}

export class RunningProfiles {
  /** Explains alerts; `undefined` if profiles are off. */
  readonly ofAlerts: TakenAlertProfiles | undefined;
  readonly #parts: ProfilesParts;
  readonly #functions = new BoundedNames(MAX_FUNCTIONS);
  #duration: Counter | undefined;
  #watch: LoopWatch | undefined;
  #forget = (): void => {};
  // Profiles that are being taken.
  #taking = 0;
  // Someone else uses the profiler, it cannot be used, or the SDK has ended.
  #isRefused = false;

  constructor(parts: ProfilesParts) {
    this.#parts = parts;
    // The inspector reaches the main thread only.
    if (parts.settings !== undefined && isMainThread)
      this.ofAlerts = new TakenAlertProfiles({ watch: () => this.#watched(), release: () => this.release() });
  }

  /** Begins to watch the event loop, if this is wanted all the time. Alerts get the blocks of all members of the group. */
  begin(): void {
    const { ofAlerts } = this;
    if (ofAlerts !== undefined)
      this.#forget = this.#parts.events.keepIn({
        write(event) {
          const block = event.event_type === BLOCKED ? blockIn(event) : undefined;
          if (block !== undefined) ofAlerts.blocked(block);
          return true;
        },
      });
    if (this.#parts.settings?.isAlways === true) this.#watched();
  }

  /** Ends the watch that alerts or a profile have begun. */
  release(): void {
    if (this.#parts.settings?.isAlways !== true && this.#taking === 0) this.#endWatch();
  }

  /** Ends the watch for good: a request under way may ask for a profile after it. */
  end(): void {
    this.#isRefused = true;
    this.#forget();
    this.#endWatch();
  }

  #endWatch(): void {
    this.#watch?.end();
    this.#watch = undefined;
  }

  /** Takes a profile, as the text of a `.cpuprofile`. `undefined` if profiles are off. */
  get take(): ((seconds: number) => Promise<string>) | undefined {
    const { ofAlerts } = this;
    if (ofAlerts === undefined) return undefined;
    return async (seconds) => {
      const watch = this.#watched();
      if (watch === undefined)
        throw new Error("no profile can be taken; the log of the application has the reason");
      this.#taking++;
      try {
        return (await watch.ask("profile", seconds)).text;
      } finally {
        this.#taking--;
        if (!ofAlerts.isWanted) this.release();
      }
    };
  }

  #watched(): LoopWatch | undefined {
    if (this.#watch?.isRunning !== true && this.ofAlerts !== undefined && !this.#isRefused) this.#begin();
    return this.#watch;
  }

  #begin(): void {
    const { settings } = this.#parts;
    if (settings === undefined) return;
    this.#duration ??= this.#parts.meterProvider
      .getMeter("tachymeter.profiles", VERSION)
      .createCounter("nodejs.eventloop.blocked.duration", {
        unit: "s",
        description: "Time for which a function blocked the event loop, of blocks longer than the threshold.",
      });
    this.#watch = part("profiles").LoopWatch.begin(settings, {
      onBlocks: (blocks) => {
        for (const block of blocks) this.#record(block);
      },
      onStop: () => {
        this.#watch = undefined;
        this.#isRefused = true;
      },
      onInterruption: () => {
        if (settings.isAlways || this.ofAlerts?.isWanted === true) this.#watched();
      },
    });
    this.#isRefused = this.#watch === undefined;
  }

  #record({ durationSeconds, endUnixMillis, functions }: Block): void {
    let other = durationSeconds;
    for (const each of functions) {
      const seconds = durationSeconds * each.share;
      other -= seconds;
      this.#duration?.add(seconds, this.#attributes(each));
    }
    if (other > 0) this.#duration?.add(other, { "code.function.name": OTHER_NAME });
    this.#parts.events.record({
      event_type: BLOCKED,
      source: "tachymeter.profiles",
      timestamp: new Date(endUnixMillis).toISOString(),
      data: { duration: durationSeconds, functions },
      labels: functions[0] === undefined ? {} : { function: functions[0].function },
    });
  }

  #attributes({ function: name, file, line }: HotFunction): Attributes {
    const known = this.#functions.of(`${name} ${file}:${line}`);
    if (known === OTHER_NAME) return { "code.function.name": OTHER_NAME };
    return {
      "code.function.name": name,
      ...(file === undefined ? {} : { "code.file.path": file }),
      ...(line === undefined ? {} : { "code.line.number": line }),
    };
  }
}

// The event may come from another member, or from the application.
function blockIn({ timestamp, data }: TelemetryEvent): Block | undefined {
  if (!isObject(data)) return undefined;
  const { duration, functions } = data;
  if (typeof duration !== "number" || !Array.isArray(functions)) return undefined;
  return {
    durationSeconds: duration,
    endUnixMillis: Date.parse(timestamp),
    functions: functions.filter(isHotFunction),
  };
}

function isHotFunction(given: unknown): given is HotFunction {
  if (!isObject(given) || typeof given["function"] !== "string" || typeof given["share"] !== "number")
    return false;
  const { file, line, package: ofPackage } = given;
  return isOptional(file, "string") && isOptional(line, "number") && isOptional(ofPackage, "string");
}

function isOptional(value: unknown, type: "string" | "number"): boolean {
  return value === undefined || typeof value === type;
}
