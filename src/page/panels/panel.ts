// A panel: one chart of figures, the same on the page, in `tachymeter top`, in reports and in Grafana's dashboards.

/** The name of an area. */
export type Area =
  | "http"
  | "messages"
  | "commands"
  | "databases"
  | "models"
  | "coordination"
  | "kernels"
  | "health"
  | "network"
  | "runtime"
  | "process"
  | "machine"
  | "telemetry";

/** Titles of the areas of an application, in the order in which they are shown. */
export const AREAS: Readonly<Record<Area, string>> = Object.freeze({
  http: "HTTP",
  messages: "Messages",
  commands: "Commands",
  databases: "Databases",
  models: "Models and agents",
  coordination: "Coordination",
  kernels: "Workers and pools",
  health: "Health",
  network: "Network checks",
  runtime: "Node.js",
  process: "Process",
  machine: "Machine",
  telemetry: "Telemetry",
});

/** Kind of a panel's figures: of work that is done (rate, errors, duration), or of resources. */
export type Aspect = "rate" | "errors" | "duration" | "state" | "utilization" | "saturation";

/** A query of a panel, in PromQL. */
export interface PanelQuery {
  /** `$range` stands for the window of rates, such as `5m`. */
  readonly expression: string;
  /** Name of the series: a text in which `{{label}}` stands for the value of a label. */
  readonly legend: string;
}

/** A panel. */
export interface Panel {
  /** Unique, as in `http-rate`. */
  readonly id: string;
  readonly area: Area;
  /** Row of the panel in a dashboard. @defaultValue "rate" */
  readonly aspect?: Aspect;
  readonly title: string;
  /** One sentence: the meaning of the figures. */
  readonly description: string;
  /** Unit of the values, in UCUM: `s`, `By`, `1` for shares, `{message}/s`, … */
  readonly unit: string;
  /** `state`: each value is one of `states`. `stacked`: the values add up. */
  readonly kind: "lines" | "stacked" | "state";
  /** Names of values; only of kind `state`. */
  readonly states?: Readonly<Record<number, string>>;
  /** In the order in which they are drawn. */
  readonly queries: readonly PanelQuery[];
  /** Prometheus names of metrics. The panel is shown if one of them has series. */
  readonly needs: readonly string[];
  /** Whether the panel is in the overview. */
  readonly overview: boolean;
}

/** A panel of lines that is not in the overview, unless stated otherwise. */
export function panel(
  given: Omit<Panel, "kind" | "overview"> & Partial<Pick<Panel, "kind" | "overview">>,
): Panel {
  return { kind: "lines", overview: false, ...given };
}

/** The expression of a query with a window of rates. */
export function withRange({ expression }: Pick<PanelQuery, "expression">, range: string): string {
  return expression.replaceAll("$range", range);
}
