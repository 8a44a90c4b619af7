// Labels as the text formats write them.
import { escapeLabelValue } from "../../../facades/snapshot.ts";
import { isLegacyLabelName } from "../../series/escape-name.ts";
import type { Label } from "../../series/family.ts";

/** Labels with a comma behind each: `method="GET",route="/a",`. */
export function textLabels(labels: readonly Label[]): string {
  return labels.map(({ name, value }) => `${labelText(name, value)},`).join("");
}

/** A label as the text formats write it: a name that old ones do not know has quotes. */
export function labelText(name: string, value: string | number | boolean): string {
  return `${quotedName(name)}="${escapeLabelValue(String(value))}"`;
}

function quotedName(name: string): string {
  return isLegacyLabelName(name) ? name : `"${escapeLabelValue(name)}"`;
}
