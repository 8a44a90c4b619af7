// Names of series for people.
import type { Labels } from "../../query/source.ts";

const MAX_NAME_LENGTH = 200;
const MAX_VALUE_LENGTH = 1_024;
// Labels of the metric and of its library are the same in all series of a chart.
const OMITTED = /^(?:__name__|otel_scope_.*)$/;

/** Name of a series by a legend; its labels if that is empty. At most 200 characters. */
export function seriesName(legend: string, labels: Labels, otherwise: string): string {
  // A label may be named like a method of all objects.
  const valueOf = (label: string): string => (Object.hasOwn(labels, label) ? (labels[label] ?? "") : "");
  const filled = legend.replaceAll(/\{\{([^}]*)\}\}/g, (_, label: string) => valueOf(label.trim()));
  return shortened(filled.replaceAll(/\s+/g, " ").trim() || labelsText(labels) || otherwise, MAX_NAME_LENGTH);
}

/** The labels of a series, without its name. Values of more than 1,024 characters are cut. */
export function shownLabels(labels: Labels): Readonly<Record<string, string>> {
  const shown = Object.entries(labels).filter(([label]) => !OMITTED.test(label));
  return Object.fromEntries(shown.map(([label, value]) => [label, shortened(value, MAX_VALUE_LENGTH)]));
}

/** Whether a value that is shown may be one that was cut. */
export function isCut(value: string): boolean {
  // One less within a surrogate pair.
  return value.length >= MAX_VALUE_LENGTH - 1 && value.endsWith("…");
}

/** All labels of a series. */
export function labelsText(labels: Labels): string {
  const shown = Object.entries(labels).filter(([label]) => !OMITTED.test(label));
  return shown.map(([label, value]) => `${label}=${value}`).join(", ");
}

/** A text of at most `length` characters. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  // Not within a surrogate pair.
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
