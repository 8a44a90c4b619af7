// The readers that a changed configuration adds, removes and leaves alone, and the new ones that continue the work of others.
import { isDeepStrictEqual } from "node:util";
import { isSecretName } from "../diagnostics/redact.ts";
import { ReaderChoices } from "../engine/streams/reader-choices.ts";
import { isObject } from "../options/check.ts";
import { makeReader, type MadeReader, type OwnReader, type ReaderContext } from "./readers.ts";
import type { CheckedReader } from "./reader-problems.ts";
import type { Settings } from "./settings.ts";

/** A change of the configuration's readers. */
export interface ReaderChange {
  readonly kept: readonly MadeReader[];
  readonly removed: readonly OwnReader[];
  /** Makes the new readers. */
  readonly make: () => Iterable<OwnReader>;
}

interface Wanted {
  readonly settings: OwnReader["settings"];
  readonly index: number;
  readonly given: unknown;
}

/** The change from the readers of `made` to those of `next`. A reader with the same options is not touched. */
export function readerChange(
  made: readonly MadeReader[],
  next: Settings,
  context: ReaderContext,
): ReaderChange {
  const { configuration, options } = next;
  const wanted = configuration.readers.flatMap((settings, index): readonly Wanted[] => {
    const given: unknown = options.readers?.[index];
    // The endpoint that option `page` or `api` adds has no entry in option `readers`. These options wait for a restart.
    const isLater = given === undefined && !configuration.api;
    return settings.kind === "given" || isLater ? [] : [{ settings, index, given }];
  });
  const isServed = wanted.some(({ settings }) => settings.kind === "prometheus");
  // Readers of the application do not come from the file. The added endpoint stays until the file has another.
  const mayEnd = (each: MadeReader): each is OwnReader =>
    each.settings.kind !== "given" && (each.given !== undefined || isServed);
  const kept = made.filter((each) => !mayEnd(each));
  const left = made.filter(mayEnd);
  const others = wanted.filter(({ settings, given }) => {
    const same = takeFrom(
      left,
      (each) => isDeepStrictEqual(each.given, given) && intervalOf(each.settings) === intervalOf(settings),
    );
    if (same !== undefined) kept.push(same);
    return same === undefined;
  });
  const added = others.filter(({ settings, given }) => {
    if (intervalOf(settings) === undefined) return true;
    const similar = takeFrom(left, (each) =>
      isDeepStrictEqual(withoutInterval(each.given), withoutInterval(given)),
    );
    if (similar !== undefined) kept.push({ ...similar, settings, given });
    return similar === undefined;
  });
  return {
    kept,
    removed: left,
    *make() {
      for (const { settings, index, given } of added)
        yield { ...makeReader(settings, index, configuration, context), given };
    },
  };
}

function intervalOf(settings: CheckedReader): number | undefined {
  return "intervalMillis" in settings ? settings.intervalMillis : undefined;
}

function withoutInterval(given: unknown): unknown {
  if (!isObject(given)) return given;
  const { interval: _, ...others } = given;
  return others;
}

type IsSuccessor = (former: OwnReader, next: OwnReader) => boolean;

const haveOneUrl: IsSuccessor = (former, next) =>
  isDeepStrictEqual(destinationOf(former), destinationOf(next));
// Headers may select a tenant at the same URL.
const haveOneTenant: IsSuccessor = (former, next) =>
  haveOneUrl(former, next) && isDeepStrictEqual(harmlessHeaders(former), harmlessHeaders(next));

// The most certain sign first.
const SIGNS: readonly IsSuccessor[] = [
  haveOneTenant,
  haveOneUrl,
  (former, next) => new ReaderChoices(former.reader).isSameAs(new ReaderChoices(next.reader)),
  (former, next) => former.settings.kind === next.settings.kind,
];

/** The new readers by the former ones that they succeed: by destination, then by equal choices, last by place. */
export function successors(
  removed: readonly OwnReader[],
  added: readonly OwnReader[],
): ReadonlyMap<OwnReader, OwnReader> {
  const left = [...removed];
  const pairs = new Map<OwnReader, OwnReader>();
  const isTaken = new Set<OwnReader>();
  for (const isSuccessor of SIGNS)
    for (const next of added) {
      const former = isTaken.has(next) ? undefined : takeFrom(left, (each) => isSuccessor(each, next));
      if (former === undefined) continue;
      pairs.set(former, next);
      isTaken.add(next);
    }
  return pairs;
}

/**
 * Whether the next reader also delivers the data that waits in the former one. It does so at the same place, and at
 * another backend in place of one that may hang. Another tenant does not get it, nor a backend that is sent another
 * temporality.
 */
export function takesWaiting(former: OwnReader, next: OwnReader, isContinued: boolean): boolean {
  return haveOneTenant(former, next) || (isContinued && !haveOneUrl(former, next));
}

/** Removes the first item that matches, and returns it. */
export function takeFrom<Item>(items: Item[], matches: (item: Item) => boolean): Item | undefined {
  const at = items.findIndex(matches);
  return at < 0 ? undefined : items.splice(at, 1)[0];
}

function destinationOf({ settings }: OwnReader): readonly unknown[] {
  const { kind } = settings;
  switch (kind) {
    case "otlp":
      return [kind, withoutSecrets(settings.url)];
    case "remote-write":
      return [kind, withoutSecrets(settings.exporter.url)];
    case "pushgateway":
      return [
        kind,
        withoutSecrets(settings.exporter.url),
        settings.exporter.job,
        settings.exporter.groupings,
      ];
    case "json":
      return [kind, settings.file, withoutSecrets(settings.url)];
    case "otlp-file":
      return [kind, settings.file];
    case "prometheus":
      return [kind, settings.settings.host, settings.settings.port, settings.settings.endpoint];
    case "console":
      return [kind];
    default:
      return settings satisfies never;
  }
}

// A password or a token in it may be the change. A backend of grpc may have no scheme.
function withoutSecrets(url: string | undefined): string | undefined {
  if (url === undefined || !/^https?:/.test(url)) return url;
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

function harmlessHeaders({ settings }: OwnReader): unknown {
  const headers =
    settings.kind === "otlp"
      ? settings.headers
      : settings.kind === "remote-write"
        ? settings.exporter.headers
        : undefined;
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => !isSecretName(name)));
}
