import type { FamilyHead, MetricPlan } from "../../../translation/family.ts";
import type { Translation } from "../../../translation/translation.ts";
import type { Body } from "../document/body.ts";
import { type ExemplarStarts, SPAN_LABEL, TRACE_LABEL } from "../document/exemplars.ts";
import type {
  FamilySyntax,
  FamilyWriter,
  FormatKit,
  KitSettings,
  MetricRows,
  RowPlan,
  Shown,
} from "../document/format-kit.ts";
import type { LabelVariants } from "../document/labels.ts";
import { Literals } from "../document/labels.ts";
import { ANY_LENGTH, OpenMessage, familyHead, labelStart, longLabel, protobufLabels } from "./bytes.ts";
import { ProtobufSamples } from "./samples.ts";
import { RowShapes } from "../document/row-shapes.ts";

// 1 MiB; more only if instruments are made again and again.
const MAX_WORDS = 1 << 18;

/** `MetricFamily`s of `io.prometheus.client`, each after its length, under one scheme of names. */
export class ProtobufKit implements FormatKit {
  readonly translation: Translation;
  readonly literals: Literals = new Literals();
  readonly encodeLabels: typeof protobufLabels = protobufLabels;
  readonly encodeLongLabel: typeof longLabel = longLabel;
  readonly shows: Shown;
  readonly hasNative = true;
  readonly #variants: LabelVariants;
  #plans = new WeakMap<MetricPlan, RowPlan>();
  exemplarStarts: ExemplarStarts;

  constructor(translation: Translation, variants: LabelVariants, { timestamps }: KitSettings) {
    this.translation = translation;
    this.#variants = variants;
    this.shows = { showsTimes: timestamps, showsCreated: true, showsExemplars: true };
    this.exemplarStarts = this.#makeExemplarStarts();
  }

  tidy(): void {
    if (this.literals.used <= MAX_WORDS) return;
    this.literals.cut(0);
    this.#plans = new WeakMap();
    this.exemplarStarts = this.#makeExemplarStarts();
  }

  syntaxOf({ name, kind }: FamilyHead): FamilySyntax {
    return { name, type: kind, isCounting: kind === "counter" || kind === "histogram" };
  }

  planOf(metric: MetricPlan, syntax: FamilySyntax): RowPlan {
    const known = this.#plans.get(metric);
    if (known !== undefined && known.syntax.type === syntax.type) return known;
    const isHistogram = metric.head.kind === "histogram";
    const shapes = new RowShapes(this.#variants, metric.constantLabels, isHistogram, protobufLabels);
    const made = { syntax, shapes, boundsOf: () => [] };
    this.#plans.set(metric, made);
    return made;
  }

  begin(body: Body): FamilyWriter {
    return new ProtobufWriter(this, body);
  }

  #makeExemplarStarts(): ExemplarStarts {
    const { names } = this.translation;
    return {
      literals: this.literals,
      trace: this.literals.put(labelStart(TRACE_LABEL, 32)),
      span: this.literals.put(labelStart(SPAN_LABEL, 16)),
      names,
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
