import { nearestNames } from "../../diagnostics/nearest-names.ts";

/** The next step for the problem of a template that does not parse: `write $labels`. `names` are variables and functions. */
export function remedyOf(message: string, names: readonly string[]): string {
  const [, name] = /^(?:undefined variable|function) "([^"]+)"/.exec(message) ?? [];
  if (name === undefined) return "mend it";
  // A variable without its `$` reads like a function.
  const variable = names.find((each) => each === `$${name}`);
  const kind = name.startsWith("$");
  const [nearest] = nearestNames(
    name,
    names.filter((each) => each.startsWith("$") === kind),
    1,
  );
  const known = variable ?? nearest;
  return known === undefined ? "mend it" : `write ${known}`;
}
