// From a collection to the bytes of one scrape.
import type { Collection } from "../../engine/collection/collection.ts";
import type { Interner } from "../../engine/series/interner.ts";
import type { Escaping } from "../series/escape-name.ts";
import type { ListedFamily } from "../series/family.ts";
import { escapesNames } from "../series/strategy.ts";
import { Translation } from "../series/translation.ts";
import { Body } from "./body.ts";
import { ChunkPool } from "./chunk-pool.ts";
import { Document } from "./document.ts";
import type { Exposition, ExpositionFormat, RenderingSettings, ScrapeBody } from "./exposition.ts";
import { LabelFragments } from "./label-fragments.ts";
import { LabelVariants } from "./label-variants.ts";
import { TextKit } from "./text-kit.ts";
import { textLabels } from "./text-labels.ts";
import type { TextFormat } from "./text-syntax.ts";

export { contentTypeOf } from "./exposition.ts";
export type { Exposition, ExpositionFormat, RenderingSettings, ScrapeBody } from "./exposition.ts";
export type { TranslationStrategy } from "../series/strategy.ts";
export type { Escaping } from "../series/escape-name.ts";

/** What one rendering differs in. */
export interface RenderOptions {
  /** Only families that have one of these names, or a sample of it; all by default. */
  readonly names?: ReadonlySet<string> | undefined;
  /** Ends the rendering early: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

// After so long the application has its turn.
const SLICE_MILLIS = 0.5;
// More only where attributes' keys are made up as the program runs.
const MAX_VARIANTS = 10_000;

/**
 * Renders collections, one or several at a time, in slices that give way to the application. It keeps the memory of the
 * last body, to be used again, and the bytes of labels: nothing for each series.
 */
export class Renderer {
  readonly #settings: RenderingSettings;
  readonly #pool = new ChunkPool();
  readonly #schemes = new Map<Escaping, Scheme>();

  constructor(settings: RenderingSettings = {}) {
    this.#settings = settings;
  }

  /**
   * The bytes of a collection. The collection must hold until then: a reader renders before it collects again. What is
   * recorded meanwhile may be shown or not; no series is lost or there twice.
   *
   * Rejects with the reason of `signal` where that ends it.
   */
  async render(
    collection: Collection,
    exposition: Exposition,
    { names, signal }: RenderOptions = {},
  ): Promise<ScrapeBody> {
    const rendering = this.#begin(collection, exposition, names);
    try {
      for (;;) {
        // What came before, a collection, has had its share too.
        await new Promise((resolve) => setImmediate(resolve));
        signal?.throwIfAborted();
        if (writeUntil(rendering.steps, performance.now() + SLICE_MILLIS)) return rendering.body.finish();
      }
    } catch (error) {
      rendering.body.release();
      throw error;
    } finally {
      rendering.end();
    }
  }

  /** The same at once, however long it takes. */
  renderNow(collection: Collection, exposition: Exposition): ScrapeBody {
    const rendering = this.#begin(collection, exposition, undefined);
    try {
      writeUntil(rendering.steps, Infinity);
      return rendering.body.finish();
    } finally {
      rendering.end();
    }
  }

  /** Families whose series are in a list, at once. */
  renderList(families: readonly ListedFamily[], { format, escaping }: Exposition): ScrapeBody {
    const scheme = this.#schemeOf(escaping);
    const body = new Body(this.#pool);
    const document = new Document(scheme.kitOf(format), body);
    const taken = new Set(families.map(({ name }) => name));
    for (const family of families) document.list(family, taken);
    document.end();
    return body.finish();
  }

  #begin(collection: Collection, { format, escaping }: Exposition, names: ReadonlySet<string> | undefined) {
    const scheme = this.#schemeOf(
      format === "text-0.0.4" && escaping === "allow-utf-8" ? "underscores" : escaping,
    );
    const kit = scheme.kitOf(format);
    const fragments = scheme.begin(collection.interner);
    const body = new Body(this.#pool);
    const steps = stepsOf(new Document(kit, body), collection, fragments, names);
    return { body, steps, end: () => scheme.end() };
  }

  #schemeOf(given: Escaping): Scheme {
    const { strategy = "UnderscoreEscapingWithSuffixes" } = this.#settings;
    // Where all names are such that every Prometheus reads them, only `dots` changes them further.
    const escaping = escapesNames(strategy) && given !== "dots" ? "underscores" : given;
    let scheme = this.#schemes.get(escaping);
    if (scheme === undefined || scheme.isBloated) {
      scheme = new Scheme(this.#settings, escaping);
      this.#schemes.set(escaping, scheme);
    }
    return scheme;
  }
}

function* stepsOf(
  document: Document,
  collection: Collection,
  fragments: LabelFragments,
  names: ReadonlySet<string> | undefined,
): Generator<void, void> {
  yield* document.write(collection, fragments, names);
  document.end();
}

// Whether everything is written.
function writeUntil(steps: Iterator<void, void>, end: number): boolean {
  do {
    if (steps.next().done === true) return true;
  } while (performance.now() < end);
  return false;
}

/** All that is kept for one scheme of names. */
class Scheme {
  readonly #settings: RenderingSettings;
  readonly #translation: Translation;
  readonly #variants: LabelVariants;
  readonly #kits = new Map<TextFormat, TextKit>();
  #fragments: LabelFragments;
  #running = 0;

  constructor(settings: RenderingSettings, escaping: Escaping) {
    this.#settings = settings;
    this.#translation = new Translation(settings, escaping);
    this.#variants = new LabelVariants(this.#translation.names);
    this.#fragments = new LabelFragments(this.#variants, textLabels);
  }

  get isBloated(): boolean {
    return this.#running === 0 && this.#variants.size > MAX_VARIANTS;
  }

  kitOf(format: ExpositionFormat): TextKit {
    const text = format === "openmetrics-1.0.0" ? "openmetrics" : "text";
    let kit = this.#kits.get(text);
    if (kit === undefined) {
      const { timestamps = false, created = true } = this.#settings;
      kit = new TextKit(this.#translation, this.#variants, text, { timestamps, created });
      this.#kits.set(text, kit);
    }
    return kit;
  }

  /** The bytes of labels for a walk through series of this interner, until `end`. */
  begin(interner: Interner): LabelFragments {
    if (this.#running === 0) for (const kit of this.#kits.values()) kit.tidy();
    // Another rendering may be between two slices.
    const fragments =
      this.#running === 0 || this.#fragments.isOf(interner)
        ? this.#fragments
        : new LabelFragments(this.#variants, textLabels);
    if (this.#running === 0 || fragments !== this.#fragments) fragments.begin(interner);
    this.#running++;
    return fragments;
  }

  end(): void {
    this.#running--;
  }
}
