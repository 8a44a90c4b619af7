import { type Check, type Checks, flag, headers, type Parsed, url } from "./check.ts";
import { OUTBOX, OUTBOX_OPTION, type OutboxOptions, type OutboxSettings } from "./outbox.ts";
import { type Parser, prefixOf, type RawOptions, Section } from "./parser.ts";
import { PUSH, type PushSettings, pushSettings } from "./push.ts";

/** Options of {@link RemoteWriteExporter}. */
export interface RemoteWriteOptions {
  /** URL of the receiver, such as `http://prometheus:9090/api/v1/write`; a user and a password in it are used. */
  readonly url: string;
  /** Further headers of each request. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Sends histograms with boundaries as native ones with custom buckets: one series each. The receiver must know them, as
   * Prometheus 3 does; their quantiles need no `le`. @defaultValue false
   */
  readonly customBuckets?: boolean | undefined;
  /** Keeps collections on disk until the receiver has them. By default they wait in memory. */
  readonly outbox?: OutboxOptions | undefined;
}

/** Parsed {@link RemoteWriteOptions}, with defaults. */
export interface RemoteWriteSettings {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly customBuckets: boolean;
  readonly outbox: OutboxSettings | undefined;
  /** Name of the outbox in problems. */
  readonly outboxPlace: string;
}

/** A reader that sends by remote write. */
export interface RemoteWriteReader extends PushSettings {
  readonly kind: "remote-write";
  readonly exporter: RemoteWriteSettings;
}

// The specification forbids to configure them.
const RESERVED = ["content-encoding", "content-type", "x-prometheus-remote-write-version", "user-agent"];

const HEADERS: Check<Readonly<Record<string, string>>> = {
  must: `${headers.must}, without ${RESERVED.join(", ")}`,
  read: (value) => {
    const given = headers.read(value);
    const names = Object.keys(given ?? {}).map((name) => name.toLowerCase());
    return names.some((name) => RESERVED.includes(name)) ? undefined : given;
  },
};

type Fields = Omit<RemoteWriteOptions, "outbox"> & { readonly outbox?: object };

const CHECKS: Checks<Fields> = { url, headers: HEADERS, customBuckets: flag, outbox: OUTBOX_OPTION };

export const REMOTE_WRITE: Section<RemoteWriteSettings> = new Section(
  "remote write exporter",
  (parser, given, place) => settingsFrom(parser, parser.fields(place, given, CHECKS), given, place),
);

/** Parses a reader's options; `intervalMillis` is the default interval of all readers. */
export function parseRemoteWrite(
  parser: Parser,
  given: RawOptions,
  place: string,
  intervalMillis: number,
): RemoteWriteReader {
  const fields = parser.fields(place, given, { ...CHECKS, ...PUSH });
  const exporter = REMOTE_WRITE.settled(settingsFrom(parser, fields, given, place));
  return { kind: "remote-write", exporter, ...pushSettings(parser, fields, place, intervalMillis) };
}

function settingsFrom(
  parser: Parser,
  { url: given = "", headers: further = {}, customBuckets = false, outbox }: Parsed<Fields>,
  options: unknown,
  place: string,
): RemoteWriteSettings {
  parser.require(place, options, CHECKS, ["url"]);
  const outboxPlace = `${prefixOf(place)}outbox`;
  return {
    url: given,
    headers: further,
    customBuckets,
    outbox: outbox === undefined ? undefined : OUTBOX.parse(parser, outbox, outboxPlace),
    outboxPlace,
  };
}
