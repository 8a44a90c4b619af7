// How history is set up.
import { show } from "../diagnostics/show.ts";

/** Where history is kept, for how long, and how much of it. */
export interface HistoryOptions {
  /**
   * The file, or `:memory:`. Several processes may write one file.
   *
   * @defaultValue "tachymeter.db" in the working directory
   */
  readonly path?: string | undefined;
  readonly retention?:
    | {
        /** @defaultValue 30 */
        readonly metricsDays?: number | undefined;
        /** @defaultValue 7 */
        readonly eventsDays?: number | undefined;
      }
    | undefined;
  /**
   * Bytes of the file; beyond them the oldest goes.
   *
   * @defaultValue 1073741824, 1 GiB
   */
  readonly maxBytes?: number | undefined;
}

/** The options with their defaults. */
export interface HistorySettings {
  readonly path: string;
  readonly metricsDays: number;
  readonly eventsDays: number;
  readonly maxBytes: number;
}

/** One thing that is wrong: the option, what was given, and what would be right. */
export interface HistoryOptionsProblem {
  readonly name: string;
  readonly value: unknown;
  readonly allowed: string;
}

/** Thrown at once where the options of a history cannot be used. Holds all problems. */
export class HistoryOptionsError extends Error {
  override readonly name = "HistoryOptionsError";
  readonly code = "TACHYMETER_HISTORY_OPTIONS";
  readonly problems: readonly HistoryOptionsProblem[];

  constructor(problems: readonly HistoryOptionsProblem[]) {
    super(`history: ${problems.map(sentence).join("; ")}`);
    this.problems = problems;
  }
}

const MIN_BYTES = 1024 * 1024;

/** All that is wrong with what was given as the options of a history; nothing where it can be used. */
export function historyProblems(options: unknown): readonly HistoryOptionsProblem[] {
  if (!isObject(options)) return [{ name: "options", value: options, allowed: "an object with a path" }];
  const { path, retention, maxBytes, ...unknown } = options;
  const problems = Object.entries(unknown).map(([name, value]) => ({
    name,
    value,
    allowed: "one of path, retention, maxBytes in its place",
  }));
  const check = (name: string, value: unknown, allowed: string, holds: (value: unknown) => boolean): void => {
    if (value !== undefined && !holds(value)) problems.push({ name, value, allowed });
  };
  check("path", path, "the path of a file", isPath);
  check("maxBytes", maxBytes, `a whole number of bytes, ${MIN_BYTES} or more`, isBytes);
  check("retention", retention, "an object with metricsDays, eventsDays", isObject);
  if (isObject(retention)) {
    for (const [name, value] of Object.entries(retention))
      if (name === "metricsDays" || name === "eventsDays")
        check(`retention.${name}`, value, "a number of days above 0", isDays);
      else
        problems.push({
          name: `retention.${name}`,
          value,
          allowed: "one of metricsDays, eventsDays in its place",
        });
  }
  return problems;
}

/** Whether that can be used as the options of a history. */
export function isHistoryOptions(options: unknown): options is HistoryOptions {
  return historyProblems(options).length === 0;
}

/** @throws HistoryOptionsError with everything that is wrong. */
export function historySettings(options: HistoryOptions): HistorySettings {
  const problems = historyProblems(options);
  if (problems.length > 0) throw new HistoryOptionsError(problems);
  return {
    path: options.path ?? "tachymeter.db",
    metricsDays: options.retention?.metricsDays ?? 30,
    eventsDays: options.retention?.eventsDays ?? 7,
    maxBytes: options.maxBytes ?? 1024 ** 3,
  };
}

function isPath(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "" && !value.includes("\0");
}

function isBytes(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= MIN_BYTES;
}

function isDays(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sentence({ name, value, allowed }: HistoryOptionsProblem): string {
  const shown = show(value);
  return `${name} is ${shown}, which is not usable; give ${allowed}`;
}
