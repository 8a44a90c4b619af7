// The series of one row of a table of the overview.
import type { JSX } from "preact";
import { linkTo, route } from "../state/route.ts";
import { rowName } from "./figures-table.tsx";
import { MemberCharts } from "./processes.tsx";

/** Charts of one row. */
export function RowPage(): JSX.Element {
  return (
    <>
      <p class="crumb">
        <a href={linkTo("overview")}>Overview</a>
      </p>
      <h1 class="foreign">{rowName(labelsOf(route.value.params.get("of") ?? ""))}</h1>
      <MemberCharts title="No series of this name" />
    </>
  );
}

// The address may have anything.
function labelsOf(text: string): Readonly<Record<string, string>> {
  try {
    const given: unknown = JSON.parse(text);
    if (typeof given !== "object" || given === null) return {};
    return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
  } catch {
    return {};
  }
}
