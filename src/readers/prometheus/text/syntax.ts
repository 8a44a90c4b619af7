// What the text formats differ in.
import { escapeLabelValue } from "../../../translation/snapshot-document.ts";
import { isLegacyMetricName } from "../../../translation/escape-name.ts";
import type { FamilyHead } from "../../../translation/family.ts";
import type { FamilyNames } from "../document/family-names.ts";
import type { FamilySyntax } from "../document/format-kit.ts";

/** The text formats: Prometheus' own, in either version, and OpenMetrics. */
export type TextFormat = "text" | "openmetrics";

/**
 * What a family is called in a format. In OpenMetrics a counter is called without its `_total`, `target_info` without
 * its `_info`. Such a family is `unknown` if its name has no such ending, or if one of the names that OpenMetrics
 * reserves for its type belongs to another family. A histogram cannot be `unknown`: it says nothing of when it began.
 */
export function syntaxOf({ name, kind }: FamilyHead, format: TextFormat, names: FamilyNames): FamilySyntax {
  if (format === "text") {
    return { name, type: kind === "info" ? "gauge" : kind, isCounting: false };
  }
  switch (kind) {
    case "counter": {
      const bare = name.replace(/_total$/, "");
      const reserved = [bare, `${bare}_created`, `${bare}_created_total`];
      const isGood = bare !== name && bare !== "" && !reserved.some((each) => names.has(each));
      return isGood
        ? { name: bare, type: kind, isCounting: true }
        : { name, type: "unknown", isCounting: false };
    }
    case "info": {
      const bare = name.replace(/_info$/, "");
      return names.has(bare) || names.has(`${bare}_total`)
        ? { name, type: "unknown", isCounting: false }
        : { name: bare, type: kind, isCounting: false };
    }
    case "untyped":
      return { name, type: "unknown", isCounting: false };
    case "gauge":
    case "histogram":
      return { name, type: kind, isCounting: kind === "histogram" && !names.hasFamily(`${name}_created`) };
    default:
      return kind satisfies never;
  }
}

/** The lines above a family's samples. A unit is only valid where the name ends in it. */
export function headLines(
  { help, unit }: FamilyHead,
  { name, type }: FamilySyntax,
  format: TextFormat,
): string {
  const quoted = isLegacyMetricName(name) ? name : `"${escapeLabelValue(name)}"`;
  const helpLine = help === undefined ? "" : `# HELP ${quoted} ${escapeHelp(help, format)}\n`;
  const typeLine = `# TYPE ${quoted} ${type}\n`;
  const hasUnit = format === "openmetrics" && unit !== "" && name.endsWith(`_${unit}`);
  return helpLine + typeLine + (hasUnit ? `# UNIT ${quoted} ${unit}\n` : "");
}

/** The beginning of a sample's line: as far as its labels, or as far as its value where it has none. */
export function sampleStart(name: string): { readonly labelled: string; readonly bare: string } {
  if (isLegacyMetricName(name)) return { labelled: `${name}{`, bare: `${name} ` };
  const quoted = `{"${escapeLabelValue(name)}"`;
  return { labelled: `${quoted},`, bare: `${quoted}} ` };
}

/**
 * The bound of a bucket as its label's value. OpenMetrics has one text for each number, `1.0` and `1e+06`, so that all
 * programs write the same.
 */
export function boundText(bound: number, format: TextFormat): string {
  if (format === "text" || bound === 0) return format === "text" ? String(bound) : "0.0";
  const magnitude = Math.abs(bound);
  if (magnitude < 1e-4 || magnitude >= 1e6) {
    const [digits, exponent] = bound.toExponential().split("e");
    return `${digits}e${exponent!.replace(/^([+-])(\d)$/, "$10$2")}`;
  }
  const text = String(bound);
  return text.includes(".") ? text : `${text}.0`;
}

function escapeHelp(help: string, format: TextFormat): string {
  return format === "openmetrics"
    ? escapeLabelValue(help)
    : help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
