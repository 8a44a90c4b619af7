// Remote write as a format of documents: series go to requests, and the document's body holds the labels of one series.
import { canonicalBound } from "../../../translation/bound-text.ts";
import { shownBounds } from "../../../translation/buckets.ts";
import type { FamilyHead, Label, MetricPlan } from "../../../translation/family.ts";
import type { Translation } from "../../../translation/translation.ts";
import type { Body } from "../document/body.ts";
import {
  type FamilySyntax,
  type FamilyWriter,
  FormatKit,
  type MetricRows,
  type RowPlan,
  type Shown,
} from "../document/format-kit.ts";
import type { LabelVariants, Literal } from "../document/labels.ts";
import { RowShapes } from "../document/row-shapes.ts";
import type { Requests, RequestsMark } from "./requests.ts";
import { RowLabels, SeriesSamples } from "./samples.ts";
import type { SeriesMemory } from "./series-memory.ts";
import type { Symbols } from "./symbols.ts";

/** Parts of an encoder that its kit writes to. */
export interface KitParts {
  readonly translation: Translation;
  readonly variants: LabelVariants;
  readonly symbols: Symbols;
  readonly requests: Requests;
  readonly memory: SeriesMemory;
  readonly rowLabels: RowLabels;
  readonly hasCustomBuckets: boolean;
}

export class RemoteWriteKit extends FormatKit {
  readonly shows: Shown = { showsTimes: true, showsCreated: true, showsExemplars: true };
  readonly hasNative = true;
  readonly encodeLabels: (labels: readonly Label[]) => Uint8Array;
  readonly encodeLongLabel: (label: Label) => Iterable<Uint8Array>;
  readonly #parts: KitParts;

  constructor(parts: KitParts) {
    super(parts.translation, parts.variants);
    this.#parts = parts;
    this.encodeLabels = (labels) => idsOf(labels, parts.symbols);
    this.encodeLongLabel = (label) => [idsOf([label], parts.symbols)];
  }

  begin(body: Body): FamilyWriter {
    return new RemoteWriteWriter(this, this.#parts, body);
  }

  protected makePlan({ head, constantLabels }: MetricPlan, syntax: FamilySyntax): RowPlan {
    const { symbols } = this.#parts;
    const shapes = new RowShapes(this.variants, constantLabels, head.kind === "histogram", this.encodeLabels);
    // The place of each is the id of a symbol.
    const boundOf = (bound: number): Literal => ({ place: symbols.idOf(canonicalBound(bound)), length: 0 });
    return { syntax, shapes, boundsOf: (boundaries) => [...shownBounds(boundaries), Infinity].map(boundOf) };
  }
}

class RemoteWriteWriter implements FamilyWriter {
  readonly #kit: RemoteWriteKit;
  readonly #parts: KitParts;
  readonly #body: Body;
  #begin: RequestsMark | undefined;

  constructor(kit: RemoteWriteKit, parts: KitParts, body: Body) {
    this.#kit = kit;
    this.#parts = parts;
    this.#body = body;
  }

  begin(): void {
    this.#begin = this.#parts.requests.mark();
  }

  rowsOf(metric: MetricPlan, syntax: FamilySyntax): MetricRows {
    const plan = this.#kit.planOf(metric, syntax);
    return { plan, samples: new SeriesSamples(this.#parts, this.#body, metric.head, plan.shapes) };
  }

  // The series of a family are written a second time if some of its rows may be identical.
  samplesOf(head: FamilyHead): SeriesSamples {
    if (this.#begin !== undefined) this.#parts.requests.rewind(this.#begin);
    return new SeriesSamples(this.#parts, this.#body, head, undefined);
  }

  end(): void {
    this.#begin = undefined;
  }

  finish(): void {}
}

// Two ids for each label.
function idsOf(labels: readonly Label[], symbols: Symbols): Uint8Array {
  const ids = labels.flatMap(({ name, value }) => [symbols.idOf(name), symbols.idOf(String(value))]);
  return new Uint8Array(Int32Array.from(ids).buffer);
}
