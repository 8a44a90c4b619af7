// Base of all instrumentations: the files of the libraries they look for, and the time while they record.
import { OptionsError } from "../../src/options/options-error.ts";
import { diag, type MeterProvider, metrics } from "@opentelemetry/api";
import type { Instrumentation, InstrumentationConfig } from "../../src/options/instrumentation.ts";
import { VERSION } from "../../src/version.ts";
import { optionProblems } from "./options.ts";
import {
  type Attach,
  type Begin,
  type Instrumented,
  type InstrumentedFile,
  isOlder,
  isSameFile,
  isSupported,
  type OptionTable,
  refusal,
} from "./instrumented.ts";
import { reportFile } from "./library-files.ts";
import { isLoaded, loadedExports, prototypeOf, withReplaceable } from "./exports.ts";
import { onFirstMessage, withMissedMessage } from "../../src/recording/first-message.ts";
import { wrapMethod } from "../../src/recording/replace-method.ts";
import { Recording } from "./recording.ts";

interface Loaded {
  readonly exports: unknown;
  readonly file: InstrumentedFile;
  /** Whether this version publishes its calls, too. */
  readonly isPublishing?: boolean;
}

// A library is reported only once, when it is loaded. A later instrumentation of the same kind, as created by
// `start()` after `shutdown()`, therefore continues with the files found by the earlier one.
const loadedByKind = new WeakMap<object, Loaded[]>();

function loadedOf(kind: object): Loaded[] {
  const loaded = loadedByKind.get(kind) ?? [];
  loadedByKind.set(kind, loaded);
  return loaded;
}

/**
 * An instrumentation that waits for the files of its library and starts recording once one of them is loaded. Its own
 * code is only loaded then.
 *
 * @example
 * const mqtt: Instrumented<MqttConfig> = {
 *   name: "mqtt",
 *   options: MESSAGING_OPTIONS,
 *   files: [{ library: "mqtt", path: "build/lib/client.js", versions: [">=5.0.2 <6"] }],
 * };
 * const begin: Begin<MqttConfig> = (recording) => (exports) => recording.wrap(prototypeOf(exports), "emit", …);
 * new LibraryInstrumentation(mqtt, config, () => begin);
 */
export class LibraryInstrumentation<Config extends InstrumentationConfig> implements Instrumentation<Config> {
  readonly instrumentationName: string;
  readonly instrumentationVersion: string = VERSION;
  readonly #instrumented: Instrumented<Config, OptionTable>;
  readonly #load: () => Begin<Config>;
  readonly #loaded: Loaded[];
  readonly #loadedOfKind: Loaded[];
  readonly #refused = new Set<string>();
  readonly #detachments = new Map<string, readonly (() => void)[] | "unexpected">();
  #config: Config;
  #isEnabled = false;
  #isWatching = false;
  #meterProvider: MeterProvider | undefined;
  #recording: Recording<Config> | undefined;
  #attach: Attach | undefined;
  #endWatch: (() => void) | undefined;
  #isBundled = false;
  #hasLooked = false;
  #isUsed = false;

  /**
   * @param load called when the instrumentation starts recording.
   * @throws OptionsError if `config` has an unknown or invalid option.
   */
  constructor(instrumented: Instrumented<Config, OptionTable>, config: Config, load: () => Begin<Config>) {
    this.instrumentationName = `tachymeter.${instrumented.name}`;
    this.#instrumented = instrumented;
    this.#load = load;
    this.#loadedOfKind = loadedOf(instrumented);
    this.#loaded = [...this.#loadedOfKind];
    this.#config = this.#checked(config);
    if (config.enabled !== false) this.enable();
  }

  /** The description of the instrumentation; the same for all of its kind. */
  get instrumented(): object {
    return this.#instrumented;
  }

  /** Whether it ends after the last collection. */
  get endsLast(): boolean {
    return this.#instrumented.endsLast === true;
  }

  /**
   * Packages that an ES module can import unseen without the loader hook: those that have no inner file to look for. ES modules
   * within a package are named with its name: `@scope/name/dist/protocol.js`.
   */
  get unseenByRequire(): readonly string[] {
    const described = this.#instrumented;
    const isUnseen = ({ library, path, isModule = path === undefined }: InstrumentedFile): boolean =>
      isModule && (described.needsLoaderHook?.(this.#config, library) ?? true);
    return described.files
      .filter(isUnseen)
      .map(({ library, path }) => (path === undefined ? library : `${library}/${path}`));
  }

  enable(): void {
    if (this.#isEnabled) return;
    this.#lookForLoaded();
    this.#isEnabled = true;
    this.#watchFiles();
    // Files reported meanwhile have started it.
    if (this.#recording === undefined) this.#begin();
  }

  /** Stops at once and restores everything that was replaced. */
  disable(): void {
    if (!this.#isEnabled) return;
    this.#isEnabled = false;
    this.#end();
  }

  getConfig(): Config {
    return this.#config;
  }

  /** @throws OptionsError like the constructor; the configuration is then unchanged. */
  setConfig(config: Config): void {
    this.#config = this.#checked(config);
    this.#beginAnew();
  }

  setMeterProvider(meterProvider: MeterProvider): void {
    this.#meterProvider = meterProvider;
    this.#beginAnew();
  }

  /** It makes no spans. */
  setTracerProvider(): void {}

  #checked(config: Config): Config {
    const { name, options } = this.#instrumented;
    const problems = optionProblems(options, config);
    if (problems.length > 0) throw new OptionsError(`instrumentation "${name}"`, problems);
    return { enabled: true, ...config };
  }

  #watchFiles(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    for (const file of this.#instrumented.files)
      reportFile(file, (exports, version) => {
        if (version === undefined || !isSupported(version, file.versions)) {
          if (this.#isEnabled) this.#refuse(exports, file, version);
          return exports;
        }
        const given = file.replaces === undefined ? exports : withReplaceable(exports, file.replaces);
        this.#found(given, file, version);
        return given;
      });
  }

  #found(exports: unknown, file: InstrumentedFile, version: string | undefined): void {
    const { publishedSince } = this.#instrumented;
    const isPublishing =
      publishedSince !== undefined && version !== undefined && !isOlder(version, publishedSince);
    const loaded = { exports, file, isPublishing };
    if (!this.#take(loaded) || !this.#isEnabled) return;
    // Its calls would be counted twice. Patches see more of them, and cost less.
    if (isPublishing && this.#isBundled) this.#setBundled(false);
    else if (this.#recording === undefined) this.#begin();
    else this.#attachTo(loaded);
    if (isPublishing) this.#endWatch?.();
    diag.debug(`instrumentation ${this.#instrumented.name}: found ${file.library} ${version ?? ""}`);
  }

  // Returns whether the file is new.
  #take(loaded: Loaded): boolean {
    if (!addOnce(this.#loaded, loaded)) return false;
    addOnce(this.#loadedOfKind, loaded);
    return true;
  }

  // For an ES module it is unknown whether it is loaded.
  #lookForLoaded(): void {
    const { name, files, publishedSince, attachesLate = false } = this.#instrumented;
    if (attachesLate) {
      for (const file of files) for (const exports of loadedExports(file)) this.#take({ exports, file });
      return;
    }
    if (this.#hasLooked) return;
    this.#hasLooked = true;
    const missed = files.filter(
      (file) => !this.#loaded.some((known) => known.file.library === file.library) && isLoaded(file),
    );
    const loss =
      publishedSince === undefined
        ? "is not measured"
        : `is measured only by what it publishes, from version ${publishedSince} on`;
    const { lossOfLateStart = loss } = this.#instrumented;
    for (const library of new Set(missed.map((file) => file.library))) {
      diag.warn(
        `instrumentation ${name}: ${library} was loaded before Tachymeter, and ${lossOfLateStart}; load Tachymeter first: node --import tachymeter/register, or --import of a file that calls start(); see tachymeter/docs/troubleshooting.md`,
      );
    }
  }

  #refuse(exports: unknown, file: InstrumentedFile, version = "of an unknown version"): void {
    const { files } = this.#instrumented;
    const { usedBy } = file;
    if (usedBy !== undefined) return this.#refuseUsed(exports, file, version, usedBy);
    if (files.some((other) => other.library === file.library && other.usedBy !== undefined)) return;
    // If a library has changed its build, its versions have different files: the file of this version may still be
    // loaded.
    const hasOthers = files.some((other) => isAnothers(other, file));
    if (!hasOthers) this.#logRefusal(file, version);
    else {
      queueMicrotask(() => {
        if (!this.#loaded.some((known) => isAnothers(known.file, file))) this.#logRefusal(file, version);
      });
    }
  }

  #refuseUsed(exports: unknown, file: InstrumentedFile, version: string, usedBy: string): void {
    const log = (): void => this.#logRefusal(file, version);
    try {
      const restore = wrapMethod(prototypeOf(exports), usedBy, (original) => {
        return function (...args) {
          restore();
          log();
          return Reflect.apply(original, this, args);
        };
      });
    } catch {
      log();
    }
  }

  #logRefusal({ library }: InstrumentedFile, version: string): void {
    const message = refusal(this.#instrumented, library, version);
    if (this.#refused.has(message)) return;
    this.#refused.add(message);
    diag.warn(message);
  }

  #beginAnew(): void {
    this.#end();
    if (this.#isEnabled) this.#begin();
  }

  #setBundled(isBundled: boolean): void {
    this.#isBundled = isBundled;
    this.#beginAnew();
  }

  // A library in a bundle has no files to wait for, but it may publish its calls.
  #watchBundles(): void {
    this.#endWatch?.();
    const { channels = [], publishedSince } = this.#instrumented;
    if (publishedSince === undefined || this.#isBundled) return;
    if (this.#loaded.some(({ isPublishing }) => isPublishing)) return;
    this.#endWatch = onFirstMessage(channels, (message, channel) =>
      withMissedMessage(channel, message, () => this.#setBundled(true)),
    );
  }

  #waitForUse(): void {
    try {
      this.#endWatch = this.#instrumented.onFirstUse?.(() => {
        if (this.#isUsed) return;
        this.#isUsed = true;
        this.#endWatch?.();
        if (this.#isEnabled) this.#begin();
      });
    } catch (error) {
      diag.warn(
        `instrumentation ${this.#instrumented.name}: records nothing, since its first use cannot be seen`,
        error,
      );
    }
  }

  // If it waits for a library, nothing is created before that is loaded: most applications load few of the known
  // libraries.
  #begin(): void {
    const { name, files, beginsAtOnce = files.length === 0 } = this.#instrumented;
    if (beginsAtOnce && !this.#isUsed && this.#instrumented.onFirstUse !== undefined)
      return this.#waitForUse();
    this.#watchBundles();
    // With a message that was missed.
    if (this.#recording !== undefined) return;
    if (!beginsAtOnce && this.#loaded.length === 0 && !this.#isBundled) return;
    const recording = new Recording({
      name,
      config: this.#config,
      meterProvider: this.#meterProvider,
      meter: (this.#meterProvider ?? metrics).getMeter(this.instrumentationName, VERSION),
      isBundled: this.#isBundled,
    });
    this.#recording = recording;
    this.#detachments.clear();
    recording.safely(() => recording.whole(() => (this.#attach = this.#load()(recording))));
    for (const loaded of this.#loaded) this.#attachTo(loaded);
  }

  // If one file of a library is not as expected, none of its files is instrumented.
  #attachTo({ exports, file }: Loaded): void {
    const { library } = file;
    const detachments = this.#detachments.get(library) ?? [];
    if (this.#recording === undefined || detachments === "unexpected") return;
    try {
      const detach = this.#recording.whole(() => this.#attach?.(exports, file));
      this.#detachments.set(library, [...detachments, detach]);
    } catch (error) {
      for (const detach of detachments) detach();
      this.#detachments.set(library, "unexpected");
      diag.warn(
        `instrumentation ${this.#instrumented.name}: ${library} is not instrumented: ${file.path ?? "its entry"} is not as expected`,
        error,
      );
    }
  }

  #end(): void {
    this.#endWatch?.();
    this.#recording?.end();
    this.#recording = undefined;
    this.#attach = undefined;
  }
}

function addOnce(all: Loaded[], loaded: Loaded): boolean {
  const isKnown = all.some(
    (known) => known.exports === loaded.exports && isSameFile(known.file, loaded.file),
  );
  if (!isKnown) all.push(loaded);
  return !isKnown;
}

// Whether it is of the same library, in other versions.
function isAnothers(other: InstrumentedFile, { library, versions }: InstrumentedFile): boolean {
  return other.library === library && other.versions.join() !== versions.join();
}
