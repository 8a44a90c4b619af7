// The series of one row of a table of the overview.
import type { JSX } from "preact";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import { linkTo, route } from "../state/route.ts";
import { rowName } from "../../panels/table-rows.ts";
import { MemberCharts } from "./processes.tsx";

/** Charts of one row. */
export function RowPage(): JSX.Element {
  return (
    <>
      <p class="crumb">
        <a href={linkTo("overview")}>Overview</a>
      </p>
      <h1 class="foreign">{shownText(rowName(labelsOf(route.value.params.get("of") ?? "")))}</h1>
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
