// The ends of sample lines: times and exemplars.
import type { Exemplar } from "../../../engine/exemplars/reservoir.ts";
import type { LabelNames } from "../../../translation/escape-name.ts";
import type { Body } from "../document/body.ts";
import { exemplarLabels, type ExemplarStarts, writeUsual } from "../document/exemplars.ts";
import type { SampleContext } from "../document/format-kit.ts";
import type { Literals } from "../document/labels.ts";
import { type FamilyStarts, labelText, type TextFormat } from "./syntax.ts";

export interface LineSettings {
  readonly format: TextFormat;
  readonly names: LabelNames;
  readonly timestamps: boolean;
}

// Enough for usual exemplars, so that they are in one chunk.
const EXEMPLAR_BYTES = 256;
const SPACE = 32;
const QUOTE = 34;
const CLOSING_BRACE = 125;

export class LineEnds {
  readonly #body: Body;
  readonly #settings: LineSettings;
  readonly #exemplarStarts: ExemplarStarts;

  constructor(body: Body, literals: Literals, settings: LineSettings, { trace, span }: FamilyStarts) {
    this.#body = body;
    this.#settings = settings;
    this.#exemplarStarts = { literals, trace, span, names: settings.names };
  }

  /** Writes the time of a sample, if it is wanted. */
  timestamp({ timeUnixMillis }: SampleContext): void {
    const { timestamps, format } = this.#settings;
    if (!timestamps) return;
    this.#body.reserve(1);
    this.#body.byte(SPACE);
    if (format === "text") this.#body.number(Math.trunc(timeUnixMillis));
    else this.#body.seconds(timeUnixMillis);
  }

  /**
   * Writes ` # {trace_id="…",span_id="…",route="/a"} 0.5 1700000000.123`; attributes beyond OpenMetrics' limit are left
   * out.
   */
  exemplar(exemplar: Exemplar | undefined): void {
    if (exemplar === undefined) return;
    const body = this.#body;
    const starts = this.#exemplarStarts;
    body.reserve(EXEMPLAR_BYTES);
    if (writeUsual(body, exemplar, starts)) {
      body.byte(QUOTE);
      body.byte(CLOSING_BRACE);
      body.byte(SPACE);
    } else {
      const labels = exemplarLabels(exemplar, starts.names);
      body.text(` # {${labels.map(({ name, value }) => labelText(name, value)).join(",")}} `);
    }
    body.number(exemplar.value);
    body.reserve(1);
    body.byte(SPACE);
    body.seconds(exemplar.timestamp[0] * 1e3 + exemplar.timestamp[1] / 1e6);
  }
}
