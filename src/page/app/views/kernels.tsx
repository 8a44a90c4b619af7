// Workers and pools: all, and one.
import type { JSX } from "preact";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import { viewData } from "../state/live.ts";
import { linkTo, route } from "../state/route.ts";
import { AreaCharts } from "./area.tsx";
import { MemberCharts } from "./processes.tsx";

/** Charts of all workers, and links to each. */
export function KernelsPage(): JSX.Element {
  const labels = (viewData.value?.charts ?? []).flatMap(({ series }) =>
    series.map((each) => each.labels["kernel_id"]),
  );
  const ids = [...new Set(labels.filter((id) => id !== undefined && id !== ""))];
  return (
    <>
      <h1>Workers and pools</h1>
      {ids.length > 0 && (
        <ul class="links" aria-label="Workers">
          {ids.map((id) => (
            <li key={id}>
              <a href={linkTo("kernel", id)}>{shownText(id ?? "")}</a>
            </li>
          ))}
        </ul>
      )}
      <AreaCharts area="kernels" />
    </>
  );
}

/** Charts of one worker. */
export function KernelPage(): JSX.Element {
  return (
    <>
      <p class="crumb">
        <a href={linkTo("kernels")}>Workers</a>
      </p>
      <h1 class="foreign">{shownText(route.value.name)}</h1>
      <MemberCharts title="No series of this worker" />
    </>
  );
}
