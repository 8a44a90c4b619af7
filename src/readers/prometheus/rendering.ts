// Renders collections to the bytes of a scrape.
import { allSteps, inSlices } from "../../io/yield.ts";
import type { Collection } from "../../engine/collection/collection.ts";
import type { Interner } from "../../engine/series/interner.ts";
import type { Escaping } from "../../translation/escape-name.ts";
import type { ListedFamily } from "../../translation/family.ts";
import { escapesNames, type TranslationStrategy } from "../../translation/strategy.ts";
import { Translation } from "../../translation/translation.ts";
import { Body, ChunkPool } from "./document/body.ts";
import { Document } from "./document/document.ts";
import type { FormatKit } from "./document/format-kit.ts";
import type { Exposition, ExpositionFormat, RenderingSettings, ScrapeBody } from "./exposition.ts";
import { LabelFragments, LabelVariants, type EncodeLabels } from "./document/labels.ts";
import { ProtobufKit } from "./protobuf/kit.ts";
import { protobufLabels } from "./protobuf/bytes.ts";
import { TextKit } from "./text/kit.ts";
import { type TextFormat, textLabels } from "./text/syntax.ts";

export interface RenderOptions {
  /** Names of families, or of their samples, to include; all by default. */
  readonly names?: ReadonlySet<string> | undefined;
  /** Aborts the rendering, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

// Exceeded only if attribute keys are generated at run time.
const MAX_VARIANTS = 10_000;

/**
 * Renders collections, one or several at a time, in slices that leave the event loop free. It keeps the memory of the
 * last body and the bytes of labels, but nothing per series.
 */
export class Renderer {
  readonly #settings: RenderingSettings;
  readonly #pool = new ChunkPool();
  readonly #schemes = new Map<string, Scheme>();
  constructor(settings: RenderingSettings = {}) {
    this.#settings = settings;
  }

  /**
   * Renders a collection, which must stay valid until the end: a reader renders before it collects again. Measurements
   * recorded meanwhile may be included or not; no series is lost or duplicated.
   *
   * Rejects with the reason of `signal` if it aborts first.
   */
  async render(
    collection: Collection,
    exposition: Exposition,
    { names, signal }: RenderOptions = {},
  ): Promise<ScrapeBody> {
    const rendering = this.#begin(collection, exposition, names);
    try {
      await inSlices(rendering.steps, { signal });
      return rendering.body.finish();
    } catch (error) {
      rendering.body.release();
      throw error;
    } finally {
      rendering.end();
    }
  }

  renderNow(collection: Collection, exposition: Exposition): ScrapeBody {
    const rendering = this.#begin(collection, exposition, undefined);
    try {
      allSteps(rendering.steps);
      return rendering.body.finish();
    } finally {
      rendering.end();
    }
  }

  /** Renders families with listed series, synchronously. */
  renderList(families: readonly ListedFamily[], exposition: Exposition): ScrapeBody {
    const scheme = this.#schemeOf(exposition);
    const body = new Body(this.#pool);
    scheme.tidy();
    new Document(scheme.kitOf(exposition.format), body).list(families);
    return body.finish();
  }

  #begin(collection: Collection, exposition: Exposition, names: ReadonlySet<string> | undefined) {
    const scheme = this.#schemeOf(exposition);
    const kit = scheme.kitOf(exposition.format);
    const fragments = scheme.begin(collection.interner);
    const body = new Body(this.#pool);
    const document = new Document(kit, body);
    scheme.last = document;
    const steps = document.write(collection, fragments, names);
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

// Names in older formats cannot be quoted. If the strategy escapes all names, only `dots` changes them further.
function escapingOf(
  { format, escaping }: Exposition,
  strategy: TranslationStrategy = "UnderscoreEscapingWithSuffixes",
): Escaping {
  if (format === "text-0.0.4" && escaping === "allow-utf-8") return "underscores";
  return escapesNames(strategy) && escaping !== "dots" ? "underscores" : escaping;
}

const TEXT_FORMATS: Readonly<Record<Exclude<ExpositionFormat, "protobuf">, TextFormat>> = {
  "text-0.0.4": "text",
  "text-1.0.0": "text",
  "openmetrics-1.0.0": "openmetrics",
  "openmetrics-2.0.0": "openmetrics2",
};

/** Cached state of one escaping scheme and one encoding of labels. */
class Scheme {
  readonly #settings: RenderingSettings;
  readonly #encode: EncodeLabels;
  readonly #translation: Translation;
  readonly #variants: LabelVariants;
  readonly #kits = new Map<ExpositionFormat, FormatKit>();
  /**
   * Kept for its objects: if the last object of a class is freed, V8 discards the optimized code of its methods. The
   * first scrape after a garbage collection then takes five times as long (`bench`: after a garbage collection).
   */
  last: Document | undefined;
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
      const { timestamps = false } = this.#settings;
      kit =
        format === "protobuf"
          ? new ProtobufKit(this.#translation, this.#variants, timestamps)
          : new TextKit(this.#translation, this.#variants, TEXT_FORMATS[format], timestamps);
      this.#kits.set(format, kit);
    }
    return kit;
  }

  /** Does nothing while a rendering is running, between two slices. */
  tidy(): void {
    if (this.#running === 0) for (const kit of this.#kits.values()) kit.tidy();
  }

  /** The encoded labels for a walk through series of this interner, until `end`. */
  begin(interner: Interner): LabelFragments {
    this.tidy();
    // Another rendering may be running, between two slices.
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
