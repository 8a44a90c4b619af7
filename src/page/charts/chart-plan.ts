// A chart without its values: its expressions, ready for evaluation.
import { type Prepared, prepare } from "../../query/evaluation/prepared.ts";
import { type NameOf, renamed } from "../../query/renamed.ts";
import { type Panel, withRange } from "../panels/index.ts";
import type { ChartData } from "../protocol.ts";

/** A chart, without its values. */
export interface ChartPlan extends Pick<
  ChartData,
  "id" | "area" | "aspect" | "title" | "description" | "unit" | "kind" | "states" | "isFurther"
> {
  readonly queries: readonly ChartQuery[];
}

/** A query of a chart. */
export interface ChartQuery {
  readonly expression: string;
  /** Prepares the expression with the first call. @throws QueryError if it is invalid. */
  readonly prepared: () => Prepared;
  /** Name of the series: a text in which `{{label}}` stands for the value of a label. Empty: all labels. */
  readonly legend: string;
}

const MAX_PREPARED = 1_000;

/** Prepares expressions. Those of different charts and views are often the same. */
export class ChartQueries {
  readonly #prepared = new Map<string, Prepared>();
  readonly #nameOf: NameOf | undefined;

  readonly #experimental: boolean;

  /**
   * @param nameOf renames the metrics of predefined expressions.
   * @param experimental whether experimental parts of PromQL are accepted.
   */
  constructor(nameOf?: NameOf, experimental = false) {
    this.#nameOf = nameOf;
    this.#experimental = experimental;
  }

  /** The name of a metric in the source. */
  nameOf(name: string): string {
    return this.#nameOf?.(name) ?? name;
  }

  /** A query of a predefined expression. */
  predefined(expression: string, legend: string): ChartQuery {
    return this.query(renamed(expression, this.#nameOf), legend);
  }

  /** A query of a chart. Expressions are prepared one by one, since each takes a part of a millisecond. */
  query(expression: string, legend: string): ChartQuery {
    return { expression, prepared: () => this.#preparedOf(expression), legend };
  }

  #preparedOf(expression: string): Prepared {
    let prepared = this.#prepared.get(expression);
    if (prepared === undefined) {
      prepared = prepare(expression, { experimental: this.#experimental });
      if (this.#prepared.size >= MAX_PREPARED) this.#prepared.clear();
      this.#prepared.set(expression, prepared);
    }
    return prepared;
  }

  /** The chart of a panel. @param change of its expressions. */
  ofPanel(
    { id, area, aspect = "rate", title, description, unit, kind, states, queries }: Panel,
    window: string,
    change: (expression: string) => string = (expression) => expression,
  ): ChartPlan {
    return {
      id,
      area,
      aspect,
      title,
      description,
      unit,
      kind,
      ...(states !== undefined && { states }),
      queries: queries.map((query) =>
        this.query(change(renamed(withRange(query, window), this.#nameOf)), query.legend),
      ),
    };
  }
}
