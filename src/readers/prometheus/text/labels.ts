// Labels as the text formats write them.
import { escapeLabelValue } from "../../../translation/snapshot-document.ts";
import { isLegacyLabelName } from "../../../translation/escape-name.ts";
import type { Label } from "../../../translation/family.ts";
import { textPieces } from "../../../translation/label-steps.ts";

/** Labels with a comma behind each: `method="GET",route="/a",`. */
export function textLabels(labels: readonly Label[]): string {
  return labels.map(({ name, value }) => `${labelText(name, value)},`).join("");
}

/** A label whose value is long, in pieces, with a comma behind it. */
export function* longTextLabel({ name, value }: Label): Generator<string> {
  yield* textPieces(quotedName(name), value);
  yield ",";
}

/** A label as the text formats write it: a name that old ones do not know has quotes. */
export function labelText(name: string, value: string | number | boolean): string {
  return `${quotedName(name)}="${escapeLabelValue(String(value))}"`;
}

function quotedName(name: string): string {
  return isLegacyLabelName(name) ? name : `"${escapeLabelValue(name)}"`;
}
