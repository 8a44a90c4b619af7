// The configuration file, read again while the SDK runs.
import { processEvents } from "../io/process-events.ts";
import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { diag } from "@opentelemetry/api";
import type { ConfigurationFile } from "../configuration/index.ts";
import { errorMessage } from "../diagnostics/error-message.ts";
import { contentOf, RepeatedLook } from "../io/files/watched-content.ts";
import { isObject } from "../options/check.ts";
import { Mutex } from "../io/mutex.ts";
import { inSlices, nextTurn } from "../io/yield.ts";
import { MAX_CONFIGURATION_BYTES, setEnvironment } from "../options/environment.ts";
import { OptionsError } from "../options/index.ts";
import type { Options } from "./options.ts";
import { problemsOfGrpc } from "./reader-problems.ts";
import { type Settings, settingsOf } from "./settings.ts";
import { part } from "#on-demand";

/** Options that can change while the SDK runs. */
export const CHANGEABLE = [
  "readers",
  "collectionInterval",
  "views",
  "exemplarFilter",
  "seriesTimeToLive",
  "alerts",
  "log_level",
] as const;
export type Changeable = (typeof CHANGEABLE)[number];

/** Outcome of `reload()`, by the paths of settings in the file: `meter_provider.readers`. */
export interface ReloadResult {
  /** Changed settings that are in use now. */
  readonly applied: readonly string[];
  /** Changed settings that take effect when the process starts again. */
  readonly needsRestart: readonly string[];
}

export interface ReloadParts {
  readonly settings: Settings;
  /** Options of the call of `start()`, which the file does not override. */
  readonly given: Options;
  /** Applies valid settings. @param changed the options that differ. */
  readonly apply: (settings: Settings, changed: ReadonlySet<Changeable>) => Promise<void>;
}

/** Reads the file again when it changes, or when asked. An invalid file changes nothing. */
export class Reload {
  readonly #parts: ReloadParts;
  readonly #mutex = new Mutex();
  // The application may change its working directory.
  readonly #path: string;
  // Settings in use: those of the start, and of the file as last applied.
  #inUse: Readonly<Record<string, unknown>>;
  #environment: ConfigurationFile["environment"] | undefined;
  #seen: string | undefined;
  #looking: RepeatedLook | undefined;
  readonly #end = new AbortController();

  constructor(parts: ReloadParts) {
    this.#parts = parts;
    const { file } = parts.settings;
    this.#inUse = file?.comparable ?? {};
    this.#environment = file?.environment;
    this.#seen = file?.text;
    this.#path = file === undefined ? "" : resolve(file.file);
  }

  /** Looks at the file every 5 seconds, and reads it on SIGHUP, unless signals are left alone. */
  start(): void {
    this.#looking = new RepeatedLook(() => this.#look(false));
    this.#looking.start();
    if (this.#parts.settings.configuration.signals) processEvents.on("SIGHUP", this.#onSignal);
  }

  /** Nothing is applied from now on. */
  end(): void {
    this.#end.abort();
    this.#looking?.end();
    processEvents.off("SIGHUP", this.#onSignal);
  }

  /**
   * Reads and applies the file. After the end of the SDK, nothing is applied.
   *
   * @throws OptionsError (rejection) if it is invalid or missing.
   */
  async reload(): Promise<ReloadResult> {
    try {
      return await this.#reload();
    } catch (error) {
      if (this.#end.signal.aborted) return { applied: [], needsRestart: [] };
      throw error;
    }
  }

  async #reload(): Promise<ReloadResult> {
    const { file } = this.#parts.settings;
    if (file === undefined) {
      const must = "name the configuration file at the start of the process";
      throw new OptionsError("configuration of tachymeter", [
        { name: "OTEL_CONFIG_FILE", value: undefined, must },
      ]);
    }
    const { key, text, reason } = await contentOf(this.#path, MAX_CONFIGURATION_BYTES);
    return this.#mutex.run(async () => {
      this.#seen = key;
      if (text !== undefined) return this.#read(file.file, text);
      throw new OptionsError("configuration of tachymeter", [
        { name: "OTEL_CONFIG_FILE", value: file.file, must: `name a readable file (${reason})` },
      ]);
    });
  }

  readonly #onSignal = (): void => {
    void this.#look(true);
  };

  // Never rejects.
  async #look(isAsked: boolean): Promise<void> {
    const file = this.#parts.settings.file?.file ?? "";
    try {
      if (!isAsked && (await contentOf(this.#path, MAX_CONFIGURATION_BYTES)).key === this.#seen) return;
      const { applied, needsRestart } = await this.reload();
      if (applied.length > 0) diag.info(`${file}: the configuration changed; applied ${applied.join(", ")}`);
      else if (isAsked && needsRestart.length === 0) diag.info(`${file}: the configuration has not changed`);
      if (needsRestart.length > 0)
        diag.warn(
          `${file}: ${needsRestart.join(", ")} changed and will be applied when the process is restarted`,
        );
    } catch (error) {
      const message = errorMessage(error).replaceAll(/\n\s*/g, "; ");
      diag.error(`${file}: the configuration was not changed: ${message}`);
    }
  }

  async #read(name: string, text: string): Promise<ReloadResult> {
    // Each piece of work has a turn of the event loop of its own.
    const { signal } = this.#end;
    const steps = part("configuration").configurationFile(name, text, process.env);
    const file = await inSlices(steps, { signal });
    if (isObject(file.options["alerts"]) || file.options["alerts"] === true)
      await import("../alerts/parts.ts");
    const settings = await inSlices(settingsOf(this.#parts.given, file), { signal });
    signal.throwIfAborted();
    const changed = this.#changed(file);
    const isMade = settings.problems.length === 0 && changed.includes("readers");
    const refused = isMade ? problemsOfGrpc(settings.configuration.readers) : [];
    const problems = [...settings.problems, ...refused.map((problem) => file.placed(problem))];
    if (problems.length > 0) {
      setEnvironment(this.#environment);
      throw new OptionsError("configuration of tachymeter", problems);
    }
    this.#environment = file.environment;
    const changeable = new Set(CHANGEABLE.filter((option) => changed.includes(option)));
    await nextTurn();
    signal.throwIfAborted();
    try {
      if (changeable.size > 0) await this.#parts.apply(settings, changeable);
    } catch (error) {
      // Some may be applied. Whatever the next file has differs from this.
      this.#inUse = { ...this.#inUse, ...Object.fromEntries([...changeable].map((each) => [each, error])) };
      throw error;
    }
    signal.throwIfAborted();
    const pathOf = (option: string): string =>
      file.pathOf(option) ?? this.#parts.settings.file?.pathOf(option) ?? option;
    this.#inUse = {
      ...this.#inUse,
      ...Object.fromEntries(CHANGEABLE.map((option) => [option, file.comparable[option]])),
    };
    const isChangeable = (option: string): boolean => CHANGEABLE.some((each) => each === option);
    return {
      applied: changed.filter(isChangeable).map(pathOf),
      needsRestart: changed.filter((option) => !isChangeable(option)).map(pathOf),
    };
  }

  #changed({ comparable }: ConfigurationFile): readonly string[] {
    const options = new Set([...Object.keys(this.#inUse), ...Object.keys(comparable)]);
    return [...options].filter(
      (option) =>
        !Object.hasOwn(this.#parts.given, option) &&
        !isDeepStrictEqual(this.#inUse[option], comparable[option]),
    );
  }
}
