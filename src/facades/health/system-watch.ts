import { show } from "../../diagnostics/show.ts";
import { systemMountPoint } from "../../host/readings/file-systems.ts";
import { MAX_TIMER_SECONDS } from "../../options/check.ts";
import { HealthCheckError, problemsOfOption } from "./check.ts";
import type { HealthVerdict } from "./report.ts";
import { cpuFigure, diskFigure, eventLoopFigure, memoryFigure, type SystemFigure } from "./system-figures.ts";

/** Thresholds of a figure; none by default. */
export interface SystemThresholds {
  /** The component is degraded at this value or above. */
  readonly degraded?: number | undefined;
  /** The component is unhealthy at this value or above. */
  readonly unhealthy?: number | undefined;
}

/**
 * Options of `Health.watchSystem`: the figures to check, all by default. `true` uses the default thresholds; a number
 * is the threshold for unhealthy.
 */
export interface SystemWatchOptions {
  /**
   * Share of CPU time used since the last check, from 0 to 1. It is the machine's share or the container's, whichever
   * is greater.
   *
   * @defaultValue degraded from 0.9
   */
  readonly cpu?: boolean | number | SystemThresholds | undefined;
  /**
   * Share of memory in use, from 0 to 1. It is the machine's share, or this process's share of its container's limit,
   * whichever is greater.
   *
   * @defaultValue degraded from 0.9, unhealthy from 0.97
   */
  readonly memory?: boolean | number | SystemThresholds | undefined;
  /**
   * Share of space in use, from 0 to 1, of the file system that contains `path`; by default the system's.
   *
   * @defaultValue degraded from 0.85, unhealthy from 0.95
   */
  readonly disk?:
    | boolean
    | number
    | (SystemThresholds & {
        /** Path of a folder in the file system. @defaultValue the system's mount point */
        readonly path?: string | undefined;
      })
    | undefined;
  /**
   * Delay of the event loop in seconds: the 99th percentile since the last check.
   *
   * @defaultValue degraded from 0.1, unhealthy from 1
   */
  readonly eventLoop?: boolean | number | SystemThresholds | undefined;
  /**
   * Seconds between two checks.
   *
   * @defaultValue 30
   */
  readonly interval?: number | undefined;
  /**
   * Whether the overall status is unhealthy if one of these components is; otherwise it is degraded.
   *
   * @defaultValue true
   */
  readonly critical?: boolean | undefined;
}

const NAMES = ["cpu", "memory", "disk", "eventLoop"] as const;
type FigureName = (typeof NAMES)[number];

const DEFAULTS: Readonly<Record<FigureName, SystemThresholds>> = {
  cpu: { degraded: 0.9 },
  memory: { degraded: 0.9, unhealthy: 0.97 },
  disk: { degraded: 0.85, unhealthy: 0.95 },
  eventLoop: { degraded: 0.1, unhealthy: 1 },
};

const FIGURES: Readonly<Record<FigureName, (options: SystemWatchOptions) => SystemFigure>> = {
  cpu: cpuFigure,
  memory: memoryFigure,
  disk: ({ disk }) => diskFigure((typeof disk === "object" ? disk.path : undefined) ?? systemMountPoint()),
  eventLoop: eventLoopFigure,
};

/** A figure to check, with the name of its component and its check. */
export interface WatchedFigure {
  readonly component: string;
  readonly figure: SystemFigure;
  readonly check: () => Promise<HealthVerdict>;
}

/**
 * Returns the figures that the options select. Each runs until its `end` is called.
 *
 * @throws HealthCheckError with all invalid options.
 */
export function watchedFigures(options: SystemWatchOptions): readonly WatchedFigure[] {
  const problems = problemsOf(options);
  if (problems.length > 0) {
    throw new HealthCheckError(problems.map((problem) => `health.watchSystem(): ${problem}`).join("\n"));
  }
  const isAll = NAMES.every((name) => options[name] === undefined);
  const wanted = NAMES.filter((name) => isAll || (options[name] !== undefined && options[name] !== false));
  return wanted.map((component) => {
    const figure = FIGURES[component](options);
    const thresholds = thresholdsOf(component, options[component]);
    return { component, figure, check: async () => verdictOf(component, await figure.read(), thresholds) };
  });
}

function thresholdsOf(name: FigureName, given: SystemWatchOptions[FigureName]): SystemThresholds {
  if (typeof given === "number") return { unhealthy: given };
  const isGiven =
    typeof given === "object" && (given.degraded !== undefined || given.unhealthy !== undefined);
  return isGiven ? given : DEFAULTS[name];
}

function verdictOf(
  name: FigureName,
  value: number | undefined,
  { degraded = Infinity, unhealthy = Infinity }: SystemThresholds,
): HealthVerdict {
  if (value === undefined) return { status: "unknown", reason: "the system does not report it" };
  if (value >= unhealthy) return { status: "unhealthy", reason: reasonOf(name, value, unhealthy) };
  if (value >= degraded) return { status: "degraded", reason: reasonOf(name, value, degraded) };
  return { status: "healthy" };
}

function reasonOf(name: FigureName, value: number, threshold: number): string {
  return name === "eventLoop"
    ? `${value.toFixed(3)} s late, the threshold is ${threshold} s`
    : `${percent(value)} in use, the threshold is ${percent(threshold)}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))}%`;
}

function problemsOf(options: unknown): readonly string[] {
  if (typeof options !== "object" || options === null) {
    return [`options must be an object such as { memory: true }, got ${show(options)}`];
  }
  return Object.entries(options).flatMap(([name, value]: [string, unknown]) => {
    const figure = NAMES.find((known) => known === name);
    if (value === undefined) return [];
    if (figure !== undefined) return problemsOfThresholds(figure, value);
    if (name === "interval" || name === "critical") return problemsOfOption(name, value);
    return [`there is no option "${name}"; use ${NAMES.join(", ")}, interval or critical`];
  });
}

function problemsOfThresholds(name: FigureName, given: unknown): readonly string[] {
  const isShare = name !== "eventLoop";
  const rule = isShare
    ? "be a share above 0, at most 1, such as 0.9"
    : "be a number of seconds above 0, such as 0.5";
  const isThreshold = (value: unknown): boolean =>
    typeof value === "number" && value > 0 && value <= (isShare ? 1 : MAX_TIMER_SECONDS);
  if (typeof given === "boolean" || isThreshold(given)) return [];
  if (typeof given !== "object" || given === null) {
    return [`${name} must ${rule}, or { degraded, unhealthy }, or true, got ${show(given)}`];
  }
  return Object.entries(given).flatMap(([key, value]: [string, unknown]) => {
    if (value === undefined) return [];
    if (key === "degraded" || key === "unhealthy") {
      return isThreshold(value) ? [] : [`${name}.${key} must ${rule}, got ${show(value)}`];
    }
    if (name === "disk" && key === "path") {
      return typeof value === "string" && value !== ""
        ? []
        : [`disk.path must be the path of a folder, got ${show(value)}`];
    }
    return [`${name} has no option "${key}"; use degraded or unhealthy${name === "disk" ? ", or path" : ""}`];
  });
}
