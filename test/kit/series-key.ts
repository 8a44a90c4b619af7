import { escapeLabelValue } from "../../src/translation/snapshot-document.ts";

/**
 * The key of a series in a snapshot, from its name and labels; an independent version to compare with the sources'
 * keys.
 */
export function seriesKey(name: string, labels: Readonly<Record<string, string | number | boolean>>): string {
  const keys = Object.keys(labels).toSorted();
  if (keys.length === 0) return name;
  return `${name}{${keys.map((key) => `${key}="${escapeLabelValue(String(labels[key]))}"`).join(",")}}`;
}
