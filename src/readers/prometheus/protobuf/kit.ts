import type { FamilyHead, MetricPlan } from "../../../translation/family.ts";
import type { Translation } from "../../../translation/translation.ts";
import type { Body } from "../document/body.ts";
import { type ExemplarStarts, SPAN_LABEL, TRACE_LABEL } from "../document/exemplars.ts";
import {
  type FamilySyntax,
  type FamilyWriter,
  FormatKit,
  type MetricRows,
  type RowPlan,
  type Shown,
} from "../document/format-kit.ts";
import type { LabelVariants } from "../document/labels.ts";
import { ANY_LENGTH, OpenMessage, familyHead, labelStart, longLabel, protobufLabels } from "./bytes.ts";
import { ProtobufSamples } from "./samples.ts";
import { RowShapes } from "../document/row-shapes.ts";

/** Writes `MetricFamily`s of `io.prometheus.client`, each after its length, under one escaping scheme. */
export class ProtobufKit extends FormatKit {
  readonly encodeLabels: typeof protobufLabels = protobufLabels;
  readonly encodeLongLabel: typeof longLabel = longLabel;
  readonly shows: Shown;
  readonly hasNative = true;
  exemplarStarts: ExemplarStarts;

  constructor(translation: Translation, variants: LabelVariants, showsTimes: boolean) {
    super(translation, variants);
    this.shows = { showsTimes, showsCreated: true, showsExemplars: true };
    this.exemplarStarts = this.#makeExemplarStarts();
  }

  override tidy(): void {
    super.tidy();
    if (this.literals.used === 0) this.exemplarStarts = this.#makeExemplarStarts();
  }

  begin(body: Body): FamilyWriter {
    return new ProtobufWriter(this, body);
  }

  protected makePlan({ head, constantLabels }: MetricPlan, syntax: FamilySyntax): RowPlan {
    const shapes = new RowShapes(this.variants, constantLabels, head.kind === "histogram", protobufLabels);
    return { syntax, shapes, boundsOf: () => [] };
  }

  #makeExemplarStarts(): ExemplarStarts {
    return {
      literals: this.literals,
      trace: this.literals.put(labelStart(TRACE_LABEL, 32)),
      span: this.literals.put(labelStart(SPAN_LABEL, 16)),
      names: this.translation.names,
    };
  }
}

class ProtobufWriter implements FamilyWriter {
  readonly #kit: ProtobufKit;
  readonly #body: Body;
  readonly #family = new OpenMessage();

  constructor(kit: ProtobufKit, body: Body) {
    this.#kit = kit;
    this.#body = body;
  }

  begin(head: FamilyHead): void {
    this.#family.begin(this.#body, ANY_LENGTH);
    const bytes = familyHead(head);
    this.#body.reserve(bytes.length);
    this.#body.put(bytes);
  }

  rowsOf(metric: MetricPlan, syntax: FamilySyntax): MetricRows {
    return { plan: this.#kit.planOf(metric, syntax), samples: this.samplesOf(metric.head) };
  }

  samplesOf({ kind }: FamilyHead): ProtobufSamples {
    const { showsTimes } = this.#kit.shows;
    return new ProtobufSamples(this.#body, kind, showsTimes, this.#kit.exemplarStarts);
  }

  end(): void {
    this.#family.end(this.#body);
  }

  finish(): void {}
}
