// All at a glance: the state of the application, then a small chart of each figure.
import type { JSX } from "preact";
import { viewData } from "../state/live.ts";
import { Charts } from "./charts.tsx";
import { Empty, Skeleton } from "./empty.tsx";
import { StatusLine } from "./status-line.tsx";

/** The overview. */
export function OverviewPage(): JSX.Element {
  const view = viewData.value;
  return (
    <>
      <h1 class="hidden">Overview</h1>
      <StatusLine />
      {view === undefined ? (
        <Skeleton size="tile" count={20} />
      ) : view.charts.length === 0 ? (
        <Empty title="No series yet">
          The first figures appear after a collection, in a few seconds. If nothing appears, see the page of
          instruments.
        </Empty>
      ) : (
        <Charts view={view} size="tile" />
      )}
    </>
  );
}
