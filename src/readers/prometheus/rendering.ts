// From a collection to the bytes of one scrape.
import { nextTurn } from "../../io/real-timers.ts";
import type { Collection } from "../../engine/collection/collection.ts";
import type { Interner } from "../../engine/series/interner.ts";
import type { Escaping } from "../../translation/escape-name.ts";
import type { ListedFamily } from "../../translation/family.ts";
import { escapesNames, type TranslationStrategy } from "../../translation/strategy.ts";
import { Translation } from "../../translation/translation.ts";
import { Body } from "./document/body.ts";
import { ChunkPool } from "./document/chunk-pool.ts";
import { Document } from "./document/document.ts";
import type { Exposition, ExpositionFormat, RenderingSettings, ScrapeBody } from "./exposition.ts";
import type { EncodeLabels } from "./document/encode-labels.ts";
import { FamilyNames } from "./document/family-names.ts";
import type { FormatKit, KitSettings } from "./document/format-kit.ts";
import { LabelFragments } from "./document/label-fragments.ts";
import { LabelVariants } from "./document/label-variants.ts";
import { ProtobufKit } from "./protobuf/kit.ts";
import { protobufLabels } from "./protobuf/labels.ts";
import { TextKit } from "./text/kit.ts";
import { textLabels } from "./text/labels.ts";

export { contentTypeOf } from "./exposition.ts";
export type { Exposition, ExpositionFormat, RenderingSettings, ScrapeBody } from "./exposition.ts";
export type { TranslationStrategy } from "../../translation/strategy.ts";
export type { Escaping } from "../../translation/escape-name.ts";

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
  readonly #schemes = new Map<string, Scheme>();

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
        await nextTurn();
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
  renderList(families: readonly ListedFamily[], exposition: Exposition): ScrapeBody {
    const body = new Body(this.#pool);
    const document = new Document(this.#schemeOf(exposition).kitOf(exposition.format), body);
    const taken = new FamilyNames(families);
    for (const family of families) document.list(family, taken);
    document.end();
    return body.finish();
  }

  #begin(collection: Collection, exposition: Exposition, names: ReadonlySet<string> | undefined) {
    const scheme = this.#schemeOf(exposition);
    const kit = scheme.kitOf(exposition.format);
    const fragments = scheme.begin(collection.interner);
    const body = new Body(this.#pool);
    const steps = stepsOf(new Document(kit, body), collection, fragments, names);
    return { body, steps, end: () => scheme.end() };
  }

  #schemeOf(exposition: Exposition): Scheme {
    const isText = exposition.format !== "protobuf";
    const escaping = escapingOf(exposition, this.#settings.strategy);
    const key = `${isText} ${escaping}`;
    let scheme = this.#schemes.get(key);
    if (scheme === undefined || scheme.isBloated) {
      scheme = new Scheme(this.#settings, escaping, isText ? textLabels : protobufLabels);
      this.#schemes.set(key, scheme);
    }
    return scheme;
  }
}

// What older formats call names has no quotes; where all names are such that every Prometheus reads them, only `dots`
// changes them further.
function escapingOf(
  { format, escaping }: Exposition,
  strategy: TranslationStrategy = "UnderscoreEscapingWithSuffixes",
): Escaping {
  if (format === "text-0.0.4" && escaping === "allow-utf-8") return "underscores";
  return escapesNames(strategy) && escaping !== "dots" ? "underscores" : escaping;
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

/** All that is kept for one scheme of names and one way to write labels. */
class Scheme {
  readonly #settings: RenderingSettings;
  readonly #encode: EncodeLabels;
  readonly #translation: Translation;
  readonly #variants: LabelVariants;
  readonly #kits = new Map<ExpositionFormat, FormatKit>();
  #fragments: LabelFragments;
  #running = 0;

  constructor(settings: RenderingSettings, escaping: Escaping, encode: EncodeLabels) {
    this.#settings = settings;
    this.#encode = encode;
    this.#translation = new Translation(settings, escaping);
    this.#variants = new LabelVariants(this.#translation.names);
    this.#fragments = new LabelFragments(this.#variants, encode);
  }

  get isBloated(): boolean {
    return this.#running === 0 && this.#variants.size > MAX_VARIANTS;
  }

  kitOf(format: ExpositionFormat): FormatKit {
    let kit = this.#kits.get(format);
    if (kit === undefined) {
      const { timestamps = false, created = true } = this.#settings;
      kit = this.#kitOf(format, { timestamps, created });
      this.#kits.set(format, kit);
    }
    return kit;
  }

  #kitOf(format: ExpositionFormat, settings: KitSettings): FormatKit {
    if (format === "protobuf") return new ProtobufKit(this.#translation, this.#variants, settings);
    const text = format === "openmetrics-1.0.0" ? "openmetrics" : "text";
    return new TextKit(this.#translation, this.#variants, text, settings);
  }

  /** The bytes of labels for a walk through series of this interner, until `end`. */
  begin(interner: Interner): LabelFragments {
    if (this.#running === 0) for (const kit of this.#kits.values()) kit.tidy();
    // Another rendering may be between two slices.
    const fragments =
      this.#running === 0 || this.#fragments.isOf(interner)
        ? this.#fragments
        : new LabelFragments(this.#variants, this.#encode);
    if (this.#running === 0 || fragments !== this.#fragments) fragments.begin(interner);
    this.#running++;
    return fragments;
  }

  end(): void {
    this.#running--;
  }
}
