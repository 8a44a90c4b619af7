// Section `distribution.tachymeter`: the options of `start()` that the format has no property for, with their names.
import { flag } from "../options/check.ts";
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
  "page",
  "readers",
  "runtime",
  "seriesTimeToLive",
] as const;

/** Options from the section, and whether the file is read again when it changes. */
export interface DistributionSection {
  readonly options: RawOptions;
  /** Further readers, by their options. */
  readonly readers: readonly unknown[];
  readonly reload: boolean;
}

const checks = Object.fromEntries(DISTRIBUTION_OPTIONS.map((name) => [name, any]));

/** @param readers number of readers that the file has elsewhere. */
export function distributionSection(
  file: FileParser,
  place: string,
  given: unknown,
  readers: number,
): DistributionSection {
  // Other vendors have their own sections.
  const { tachymeter } = file.parser.known(place, given ?? undefined, { tachymeter: any });
  const at = `${place}.tachymeter`;
  const fields: Record<string, unknown> = file.fields(at, withoutNulls(tachymeter), {
    ...checks,
    reload: flag,
  });
  const { reload, readers: further, ...options } = fields;
  for (const name of Object.keys(options)) file.origin(name, `${at}.${name}`);
  const items = file.items(`${at}.readers`, further);
  items.forEach((item, i) => file.origin(`readers[${readers + i}]`, item.place));
  return { options, readers: items.map(({ value }) => value), reload: reload === true };
}
