// A series that changed together with a metric.

/** A series that changed in a window, as {@link correlate} and alerts report it. */
export interface Correlated {
  /** Name of the metric. A histogram is listed once: by its base name for its mean, or with `_count` for its rate. */
  readonly metric: string;
  /** Labels of the series, without its name. */
  readonly labels: Readonly<Record<string, string>>;
  /**
   * The part of the application that the series is about, such as `http_route="/orders"` or `process`. The strongest series of each
   * part come first, and the further ones after them.
   */
  readonly component: string;
  /**
   * Whether the change is within the usual variation, so that it may be chance. Only listed if no series changed clearly: at
   * most three, the closest ones, and only if they stand out from the other series. With an alert, also a change that is hardly its
   * cause: one that began later, or a slight one of the machine or the process.
   */
  readonly isWeak: boolean;
  /**
   * 0 at the limit of the usual variation of the series, 0.5 at twice this limit, 0.9 at ten times. Always below 1. Negative
   * if the change is weak: -0.5 at two thirds of the limit. The limit is higher if more series are compared.
   */
  readonly strength: number;
  /**
   * Share of the metric's movement in the window that the series explains, from 0 to 1, without what any series does by chance.
   * A series that was constant is compared by its beginning, too. Absent if the metric did not move.
   */
  readonly explains?: number;
  /** Whether the mean rose or fell, or whether the values vary more or less than before. */
  readonly direction: "up" | "down" | "wider" | "narrower";
  /**
   * Mean of the window divided by that of the baseline, for counters that of the rates. For `wider` and `narrower` the
   * same of the typical step between neighbouring values. `Infinity` if the baseline is 0 or has the other sign.
   */
  readonly factor: number;
  /** Seconds by which the series changed earlier than the metric; negative if it changed later. */
  readonly leadSeconds: number;
}
