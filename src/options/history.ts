import { bytes, type Checks, isObject, number, path, text } from "./check.ts";
import { flagFromText, textFrom } from "./environment.ts";
import { type Parser, prefixOf, Section } from "./parser.ts";

/** Options of the history: its file, retention and maximum size. */
export interface HistoryOptions {
  /**
   * The file, or `:memory:`. Several processes may write to one file.
   *
   * @defaultValue "tachymeter.db" in the working directory
   */
  readonly path?: string | undefined;
  /** Number of days for which metrics and events are kept. */
  readonly retention?:
    | {
        /** @defaultValue 30 */
        readonly metricsDays?: number | undefined;
        /** @defaultValue 7 */
        readonly eventsDays?: number | undefined;
      }
    | undefined;
  /**
   * Maximum size of the file in bytes; the oldest data is deleted first.
   *
   * @defaultValue 1073741824, 1 GiB
   */
  readonly maxBytes?: number | undefined;
}

/** Parsed {@link HistoryOptions}, with defaults. */
export interface HistorySettings {
  readonly path: string;
  readonly metricsDays: number;
  readonly eventsDays: number;
  readonly maxBytes: number;
}

type Retention = NonNullable<HistoryOptions["retention"]>;

/** Days for which data is kept by default. */
export const RETENTION_DAYS: Pick<HistorySettings, "metricsDays" | "eventsDays"> = {
  metricsDays: 30,
  eventsDays: 7,
};

const DAYS = number("be a number of days above 0", 0, true);
const RETENTION: Checks<Retention> = { metricsDays: DAYS, eventsDays: DAYS };
const CHECKS: Checks<HistoryOptions> = {
  path: path("a file"),
  maxBytes: bytes(1024 * 1024),
  retention: {
    must: "be an object with metricsDays, eventsDays",
    read: (value) => (isObject(value) ? value : undefined),
  },
};

export const HISTORY: Section<HistorySettings> = new Section("history", (parser, given, place) => {
  const { retention, ...fields } = parser.fields(place, given, CHECKS);
  return {
    path: "tachymeter.db",
    maxBytes: 1024 ** 3,
    ...RETENTION_DAYS,
    ...fields,
    ...(retention !== undefined && parser.fields(`${prefixOf(place)}retention`, retention, RETENTION)),
  };
});

/** Parses the options of `History.open`. @throws OptionsError with all invalid options */
export function openedSettings(
  options: HistoryOptions & { readonly readOnly?: boolean | undefined },
): HistorySettings & { readonly readOnly: boolean } {
  const { readOnly = false, ...rest } = { ...options };
  return { ...HISTORY.settings(isObject(options) ? rest : options), readOnly };
}

/** Parses option `history` (`true` or an object), or `TACHYMETER_HISTORY` (`true` or a path) if it is not given. */
export function historyFromStart(parser: Parser): HistorySettings | undefined {
  const given = parser.options["history"];
  if (given === undefined) return fromVariable(parser);
  if (given === false) return undefined;
  if (given === true) return HISTORY.parse(parser, {}, "history");
  if (isObject(given)) return HISTORY.parse(parser, given, "history");
  return parser.problem("history", given, `be true, false or an object such as { path: "tachymeter.db" }`);
}

function fromVariable(parser: Parser): HistorySettings | undefined {
  const value = textFrom(parser.environment, "TACHYMETER_HISTORY");
  const isOn = value !== undefined && flagFromText(value);
  if (isOn === false) return undefined;
  const given = isOn === true ? undefined : text.read(value);
  return HISTORY.parse(parser, given === undefined ? {} : { path: given }, "history");
}
