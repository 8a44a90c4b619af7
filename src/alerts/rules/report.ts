// Reports of problems in rule files.
import { nearestNames } from "../../diagnostics/nearest-names.ts";
import { show } from "../../diagnostics/show.ts";

/** Reports a problem of an entry of an object. */
export type Report = (message: string, container: unknown, key: string | number) => void;

/** Reports each field that does not exist, with the nearest one that does. */
export function refuseUnknown(
  given: Readonly<Record<string, unknown>>,
  known: readonly string[],
  report: Report,
): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const [nearest] = nearestNames(name, known, 1);
    const remedy = nearest === undefined ? `use one of ${known.join(", ")}` : `write ${nearest}`;
    report(`unknown field ${show(name)}; ${remedy}`, given, name);
  }
}
