// The new readers that continue the work of those that a reload ends.
import { isDeepStrictEqual } from "node:util";
import { isSecretName } from "../diagnostics/redact.ts";
import { ReaderChoices } from "../engine/streams/reader-choices.ts";
import type { OwnReader } from "./readers.ts";

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
