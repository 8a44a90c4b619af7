import { type Check, type Checks, flag, oneOf, type Parsed, text, texts, url } from "./check.ts";
import { OUTBOX, OUTBOX_OPTION, type OutboxOptions, type OutboxSettings } from "./outbox.ts";
import { type Parser, prefixOf, type RawOptions, Section } from "./parser.ts";
import { PUSH, type PushSettings, pushSettings } from "./push.ts";

/** Options of {@link PushgatewayExporter}. */
export interface PushgatewayOptions {
  /** URL of the Pushgateway, such as `http://pushgateway:9091`; a user and a password in it are used. */
  readonly url: string;
  /** Label `job` of the group. */
  readonly job: string;
  /** Further labels of the group. @defaultValue none */
  readonly groupings?: Readonly<Record<string, string>> | undefined;
  /**
   * With `"push"`, each push replaces all metrics of the group. With `"pushAdd"`, it replaces those of the same names.
   *
   * @defaultValue "push"
   */
  readonly mode?: "push" | "pushAdd" | undefined;
  /** Whether the group is deleted at the end of the process. @defaultValue false */
  readonly deleteAtEnd?: boolean | undefined;
  /** Keeps the latest metrics on disk until the Pushgateway has them. By default they wait in memory. */
  readonly outbox?: OutboxOptions | undefined;
}

/** Parsed {@link PushgatewayOptions}, with defaults. */
export interface PushgatewaySettings {
  readonly url: string;
  readonly job: string;
  readonly groupings: Readonly<Record<string, string>>;
  readonly mode: "push" | "pushAdd";
  readonly deleteAtEnd: boolean;
  readonly outbox: OutboxSettings | undefined;
  /** Name of the outbox in problems. */
  readonly outboxPlace: string;
}

/** A reader that pushes to a Pushgateway. */
export interface PushgatewayReader extends PushSettings {
  readonly kind: "pushgateway";
  readonly exporter: PushgatewaySettings;
}

const LABEL_NAME = /^(?!__|job$)[a-zA-Z_]\w*$/;
const GROUPINGS: Check<Readonly<Record<string, string>>> = {
  must: "be an object of strings, whose keys are names of labels other than job",
  read: (value) => {
    const groupings = texts.read(value);
    if (groupings === undefined) return undefined;
    return Object.keys(groupings).every((name) => LABEL_NAME.test(name)) ? groupings : undefined;
  },
};

type Fields = Omit<PushgatewayOptions, "outbox"> & { readonly outbox?: object };

const CHECKS: Checks<Fields> = {
  url,
  job: text,
  groupings: GROUPINGS,
  mode: oneOf("push", "pushAdd"),
  deleteAtEnd: flag,
  outbox: OUTBOX_OPTION,
};

export const PUSHGATEWAY: Section<PushgatewaySettings> = new Section(
  "pushgateway exporter",
  (parser, given, place) => settingsFrom(parser, parser.fields(place, given, CHECKS), given, place),
);

/** Parses a reader's options; `intervalMillis` is the default interval of all readers. */
export function parsePushgateway(
  parser: Parser,
  given: RawOptions,
  place: string,
  intervalMillis: number,
): PushgatewayReader {
  const fields = parser.fields(place, given, { ...CHECKS, ...PUSH });
  const exporter = PUSHGATEWAY.settled(settingsFrom(parser, fields, given, place));
  return { kind: "pushgateway", exporter, ...pushSettings(parser, fields, place, intervalMillis) };
}

function settingsFrom(
  parser: Parser,
  { url: given = "", job = "", groupings = {}, mode = "push", deleteAtEnd = false, outbox }: Parsed<Fields>,
  options: unknown,
  place: string,
): PushgatewaySettings {
  parser.require(place, options, CHECKS, ["url", "job"]);
  const outboxPlace = `${prefixOf(place)}outbox`;
  return {
    url: given,
    job,
    groupings,
    mode,
    deleteAtEnd,
    outbox: outbox === undefined ? undefined : OUTBOX.parse(parser, outbox, outboxPlace),
    outboxPlace,
  };
}
