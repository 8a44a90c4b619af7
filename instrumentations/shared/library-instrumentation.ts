// What all instrumentations have in common: the files of the libraries they look for, and when they record.
import { diag, type MeterProvider } from "@opentelemetry/api";
import {
  InstrumentationBase,
  type InstrumentationConfig,
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from "@opentelemetry/instrumentation";
import { VERSION } from "../../src/version.ts";
import {
  InstrumentationOptionsError,
  type OptionCheck,
  type OptionChecks,
  optionProblems,
} from "./options.ts";
import { isLoaded } from "./loaded-files.ts";
import { Recording } from "./recording.ts";
import { withReplaceable } from "./replaceable.ts";

/** A file of a library in which an instrumentation replaces something. */
export interface InstrumentedFile {
  /** The package's name. */
  readonly library: string;
  /**
   * Its path in the package: `lib/channel.js`. Without it the package's entry, which is seen only where the application
   * requires it, or where the loader hook runs: so an inner file wherever there is one.
   */
  readonly path?: string;
  /** An export that the instrumentation replaces, which bundlers make read-only: then the file's exports are replaced as a whole. */
  readonly replaces?: string;
  /** What the instrumentation was tried with, as ranges: `>=5.0.2 <6`. Other versions are left alone. */
  readonly versions: readonly string[];
}

interface Loaded {
  readonly exports: unknown;
  readonly file: InstrumentedFile;
}

// A library tells of itself once, when it is loaded: so whoever makes another instrumentation of a kind, as `start()` does after
// `shutdown()`, goes on with what the earlier one has found.
const loadedByKind = new WeakMap<object, Loaded[]>();

function loadedOf(kind: object): Loaded[] {
  const loaded = loadedByKind.get(kind) ?? [];
  loadedByKind.set(kind, loaded);
  return loaded;
}

/** Replaces what is to be replaced in the exports of one of the instrumentation's files. Throws where it is not what it should be. */
export type Attach = (exports: unknown, file: InstrumentedFile) => void;

/**
 * An instrumentation: it says in which files it replaces something, and begins to record once one of them is loaded, or at once
 * where Node.js itself tells it all.
 *
 * A subclass has no fields, which would not be there yet when this calls it; its state is what `begin` makes.
 *
 * @example
 * class MqttInstrumentation extends LibraryInstrumentation<MqttInstrumentationConfig> {
 *   static readonly options: OptionChecks<MqttInstrumentationConfig> = MESSAGING_OPTIONS;
 *
 *   constructor(config: MqttInstrumentationConfig = {}) {
 *     super("mqtt", config, MqttInstrumentation.options);
 *   }
 *   protected override files(): readonly InstrumentedFile[] {
 *     return [{ library: "mqtt", path: "build/lib/client.js", versions: [">=5.0.2 <6"] }];
 *   }
 *   protected override begin(recording: Recording<MqttInstrumentationConfig>): Attach {
 *     return (exports) => recording.wrap(prototypeOf(exports), "emit", …);
 *   }
 * }
 */
export abstract class LibraryInstrumentation<
  Config extends InstrumentationConfig,
> extends InstrumentationBase<Config> {
  readonly #name: string;
  readonly #options: Readonly<Record<string, OptionCheck>>;
  readonly #loaded: Loaded[];
  readonly #loadedOfKind: Loaded[];
  readonly #refused = new Set<string>();
  readonly #detachments = new Map<string, readonly (() => void)[] | "left alone">();
  #meterProvider: MeterProvider | undefined;
  #recording: Recording<Config> | undefined;
  #attach: Attach | undefined;
  #hasLooked = false;

  /**
   * @param name as the instrumentation is switched: `mqtt`.
   * @throws InstrumentationOptionsError where `config` has what `options` do not accept.
   */
  constructor(name: string, config: Config, options: OptionChecks<Config>) {
    // The base class would enable before the fields above are there.
    super(`tachymeter.${name}`, VERSION, { ...config, enabled: false });
    this.#name = name;
    this.#options = options;
    this.#loadedOfKind = loadedOf(new.target);
    this.#loaded = [...this.#loadedOfKind];
    this.setConfig(config);
    if (config.enabled !== false) this.enable();
  }

  /** The files in which something is replaced; none where Node.js itself tells what happens. */
  protected abstract files(): readonly InstrumentedFile[];

  /** The packages that an ES module can import unseen, unless the loader is instrumented: those with no inner file to look for. */
  get unseenByRequire(): readonly string[] {
    return this.files().flatMap(({ library, path }) => (path === undefined ? [library] : []));
  }

  /** Whether it records before a library is loaded: by default if no file is instrumented. */
  protected get beginsAtOnce(): boolean {
    return this.files().length === 0;
  }

  /** What becomes of a library that was loaded before, for the log. */
  protected get lossOfLateStart(): string {
    return "is not measured";
  }

  /** Begins to record. Called anew after a change of the configuration or the meter provider. */
  protected abstract begin(recording: Recording<Config>): Attach | undefined;

  override enable(): void {
    if (this.isEnabled()) return;
    if (!this.#hasLooked) this.#warnOfLoaded();
    super.enable();
    // What was loaded meanwhile is handed over there, and has begun it.
    if (this.#recording === undefined) this.#begin();
  }

  /** Ends at once: everything that was replaced is put back. */
  override disable(): void {
    if (!this.isEnabled()) return;
    super.disable();
    this.#end();
  }

  /** @throws InstrumentationOptionsError as the constructor; the configuration stays as it was. */
  override setConfig(config: Config): void {
    // The base class calls this before the fields are there.
    if (!(#options in this)) return super.setConfig(config);
    const problems = optionProblems(this.#options, config);
    if (problems.length > 0) throw new InstrumentationOptionsError(this.#name, problems);
    super.setConfig(config);
    this.#beginAnew();
  }

  override setMeterProvider(meterProvider: MeterProvider): void {
    super.setMeterProvider(meterProvider);
    this.#meterProvider = meterProvider;
    this.#beginAnew();
  }

  protected override init(): InstrumentationNodeModuleDefinition[] {
    // Called before the fields are there.
    return this.files().flatMap((file) =>
      definitionsOf(file, {
        supported: (exports, version) => this.#load(exports, file, version),
        unsupported: (version) => this.#refuse(file, version),
      }),
    );
  }

  #load(exports: unknown, file: InstrumentedFile, version: string | undefined): void {
    // Enabled again, upstream hands over what was loaded once more.
    const loaded = { exports, file };
    if (!addOnce(this.#loaded, loaded)) return;
    addOnce(this.#loadedOfKind, loaded);
    if (this.#recording === undefined) this.#begin();
    else this.#attachTo(loaded);
    diag.debug(`instrumentation ${this.#name}: found ${file.library} ${version ?? ""}`);
  }

  // Of an ES module nobody can tell whether it is loaded.
  #warnOfLoaded(): void {
    this.#hasLooked = true;
    const missed = this.files().filter(
      (file) => !this.#loaded.some((known) => known.file.library === file.library) && isLoaded(file),
    );
    for (const library of new Set(missed.map((file) => file.library))) {
      diag.warn(
        `instrumentation ${this.#name}: ${library} was loaded before, and ${this.lossOfLateStart}; have tachymeter come first: node --import tachymeter/register`,
      );
    }
  }

  #refuse(file: InstrumentedFile, version = "of an unknown version"): void {
    // Of a library that has changed its build, versions differ in their files: this one's may still come.
    const hasOthers = this.files().some((other) => isAnothers(other, file));
    if (!hasOthers) this.#logRefusal(file, version);
    else {
      queueMicrotask(() => {
        if (!this.#loaded.some((known) => isAnothers(known.file, file))) this.#logRefusal(file, version);
      });
    }
  }

  #logRefusal({ library }: InstrumentedFile, version: string): void {
    const what = `${library} ${version}`;
    if (this.#refused.has(what)) return;
    this.#refused.add(what);
    const files = this.files().filter((file) => file.library === library);
    const supported = [...new Set(files.flatMap(({ versions }) => versions))].join(" and ");
    diag.warn(`instrumentation ${this.#name}: ${what} is left alone; supported are ${supported}`);
  }

  #beginAnew(): void {
    this.#end();
    if (this.isEnabled()) this.#begin();
  }

  // Where it waits for a library, nothing is made before that is loaded: most applications load few of those we know.
  #begin(): void {
    if (!this.beginsAtOnce && this.#loaded.length === 0) return;
    const recording = new Recording({
      name: this.#name,
      config: this.getConfig(),
      meterProvider: this.#meterProvider,
      meter: this.meter,
    });
    this.#recording = recording;
    this.#detachments.clear();
    recording.safely(() => recording.whole(() => (this.#attach = this.begin(recording))));
    for (const loaded of this.#loaded) this.#attachTo(loaded);
  }

  // A library of which one file is not as expected is left alone in all of them.
  #attachTo({ exports, file }: Loaded): void {
    const { library } = file;
    const detachments = this.#detachments.get(library) ?? [];
    if (this.#recording === undefined || detachments === "left alone") return;
    try {
      const detach = this.#recording.whole(() => this.#attach?.(exports, file));
      this.#detachments.set(library, [...detachments, detach]);
    } catch (error) {
      for (const detach of detachments) detach();
      this.#detachments.set(library, "left alone");
      diag.warn(
        `instrumentation ${this.#name}: ${library} is left alone, it is not as expected in ${file.path ?? "its entry"}`,
        error,
      );
    }
  }

  #end(): void {
    this.#recording?.end();
    this.#recording = undefined;
    this.#attach = undefined;
  }
}

// Some instrumentations make their files anew whenever they are asked.
function addOnce(all: Loaded[], { exports, file }: Loaded): boolean {
  const isKnown = all.some(
    (known) =>
      known.exports === exports && known.file.library === file.library && known.file.path === file.path,
  );
  if (!isKnown) all.push({ exports, file });
  return !isKnown;
}

// Whether it is of the same library, in other versions.
function isAnothers(other: InstrumentedFile, { library, versions }: InstrumentedFile): boolean {
  return other.library === library && other.versions.join() !== versions.join();
}

interface Found {
  supported(exports: unknown, version: string | undefined): void;
  unsupported(version: string | undefined): void;
}

// Upstream says nothing of a version that it leaves alone, so each file is asked for a second time, in any version.
function definitionsOf(
  { library, path, versions, replaces }: InstrumentedFile,
  found: Found,
): InstrumentationNodeModuleDefinition[] {
  let taken: unknown;
  const take = (exports: unknown, version?: string): unknown => {
    taken = replaces === undefined ? exports : withReplaceable(exports, replaces);
    found.supported(taken, version);
    return taken;
  };
  const refuse = (exports: unknown, version?: string): unknown => {
    if (exports !== taken) found.unsupported(version);
    return exports;
  };
  const anyVersion = definition(library, path, ["*"], refuse);
  return [
    definition(library, path, versions, take),
    // What comes before a release is none of any version, unless it is said to be.
    Object.assign(anyVersion, { includePrerelease: true }),
  ];
}

function definition(
  library: string,
  path: string | undefined,
  versions: readonly string[],
  patch: (exports: unknown, version?: string) => unknown,
): InstrumentationNodeModuleDefinition {
  const nothing = (): void => {};
  if (path === undefined) {
    return new InstrumentationNodeModuleDefinition(library, [...versions], patch, nothing);
  }
  return new InstrumentationNodeModuleDefinition(library, ["*"], undefined, undefined, [
    new InstrumentationNodeModuleFile(`${library}/${path}`, [...versions], patch, nothing),
  ]);
}
