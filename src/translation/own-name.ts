// Names of the metrics that predefined expressions select, by the settings of a reader.
import { escapedMetricName } from "./escape-name.ts";
import { keptName, type NameSettings } from "./metric-name.ts";
import { addsSuffixes } from "./strategy.ts";

const SUFFIXES = /(_(?:ratio|bytes|seconds|celsius|watts))?(_total)?(_(?:bucket|count|sum))?$/;

/**
 * Returns a function from the default name of a metric to its name by a reader's settings; `undefined` if they are the
 * same. Its unit and type are read from the name, which holds for the metrics of monitors and panels: a test has all of
 * them.
 */
export function ownNames(settings: NameSettings): ((name: string) => string) | undefined {
  const { strategy = "UnderscoreEscapingWithSuffixes", prefix = "", counterSuffix = true } = settings;
  const isSuffixed = addsSuffixes(strategy);
  if (isSuffixed && counterSuffix && prefix === "") return undefined;
  return (name) => {
    const named = name.replace(
      SUFFIXES,
      (_all: string, unit = "", total = "", series = "") =>
        `${isSuffixed ? unit : ""}${isSuffixed && counterSuffix ? total : ""}${series}`,
    );
    return escapedMetricName(keptName({ name: named, unit: "" }, settings), "underscores");
  };
}
