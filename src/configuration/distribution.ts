// Section `distribution.tachymeter`: the options of `start()` that the format has no property for, with their names.
import { flag, isObject } from "../options/check.ts";
import type { RawOptions } from "../options/parser.ts";
import { any, type FileParser, withoutNulls } from "./file-parser.ts";

/** Options of `start()` that a file can hold in this section. */
export const DISTRIBUTION_OPTIONS = [
  "alerts",
  "anomalies",
  "api",
  "cardinalityLimit",
  "collectionInterval",
  "eventLog",
  "exitTimeout",
  "facades",
  "group",
  "history",
  "hooks",
  "host",
  "live",
  "loader",
  "mcp",
  "page",
  "profiles",
  "proxy",
  "readers",
  "runtime",
  "seriesTimeToLive",
  "signals",
] as const;

/** Options from the section, and whether the file is read again when it changes. */
export interface DistributionSection {
  readonly options: RawOptions;
  /** Further readers, by their options. */
  readonly readers: readonly unknown[];
  readonly reload: boolean;
}

const checks = Object.fromEntries(DISTRIBUTION_OPTIONS.map((name) => [name, any]));

// Options that protect an endpoint. Without its variable, such a field must not count as left out.
const PROTECTION = /^\.(?:bearerToken|basicAuth|tls)/;

/**
 * @param readers number of readers that the file has elsewhere.
 * @param unsetOf returns the variables at a place that are not set.
 */
export function distributionSection(
  file: FileParser,
  place: string,
  given: unknown,
  readers: number,
  unsetOf: (place: string) => readonly string[],
): DistributionSection {
  // Other vendors have their own sections.
  const { tachymeter } = file.parser.known(place, given ?? undefined, { tachymeter: any });
  const at = `${place}.tachymeter`;
  const empty: string[] = [];
  const known = withoutNulls(tachymeter, at, (field) => empty.push(field));
  const fields: Record<string, unknown> = file.fields(at, known, {
    ...checks,
    reload: flag,
  });
  const { reload, readers: further, ...options } = fields;
  for (const name of Object.keys(options)) file.origin(name, `${at}.${name}`);
  const items = file.items(`${at}.readers`, further);
  items.forEach((item, i) => {
    file.origin(`readers[${readers + i}]`, item.place);
    if (!isObject(item.value) || item.value["type"] !== "prometheus") return;
    for (const field of empty) {
      const variables = unsetOf(field);
      const isOfReader = field.startsWith(item.place) && PROTECTION.test(field.slice(item.place.length));
      if (isOfReader && variables.length > 0)
        file.parser.problem(
          field,
          null,
          `be set by variable ${variables.join(", ")}, or be left out for an endpoint without it`,
        );
    }
  });
  return { options, readers: items.map(({ value }) => value), reload: reload === true };
}
