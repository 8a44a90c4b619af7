const PLACE = /\{\{([^{}]+)\}\}/g;

/**
 * Name of a series of a panel: its legend, in which each `{{label}}` is replaced by the value of the label. If nothing is
 * left, since the series has no such labels, the result is empty.
 */
export function seriesName(legend: string, labels: Readonly<Record<string, string>>): string {
  return legend
    .replaceAll(PLACE, (_, label: string) => (Object.hasOwn(labels, label) ? (labels[label] ?? "") : ""))
    .replaceAll(/ +/g, " ")
    .trim();
}
