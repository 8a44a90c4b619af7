// The overview, in the order of what matters: state, what is unusual now, signals, tables.
import type { JSX } from "preact";
import { inOverviewOrder, type Section, sectionOf, SECTIONS } from "../../panels/overview.ts";
import type { ViewData } from "../../protocol.ts";
import { viewData } from "../state/live.ts";
import { linkTo } from "../state/route.ts";
import { Charts } from "./charts.tsx";
import { Empty, Skeleton } from "./empty.tsx";
import { FiguresTables } from "./figures-table.tsx";
import { Now } from "./now.tsx";
import { StatusLine } from "./status-line.tsx";

/** The overview. */
export function OverviewPage(): JSX.Element {
  const view = viewData.value;
  return (
    <div class="overview">
      <h1 class="hidden">Overview</h1>
      <StatusLine />
      <Now />
      {view === undefined ? (
        <Skeleton size="tile" count={16} />
      ) : view.charts.length === 0 ? (
        <Nothing />
      ) : (
        <Figures view={view} />
      )}
    </div>
  );
}

function Figures({ view }: { readonly view: ViewData }): JSX.Element {
  const charts = inOverviewOrder(view.charts.filter(({ isFurther }) => isFurther !== true));
  const further = view.charts.filter(({ isFurther }) => isFurther === true);
  const hasWork = charts.some((chart) => sectionOf(chart) !== "runtime");
  return (
    <div class="figures">
      {!hasWork && (
        <p class="hint card">
          No request, query or message was measured yet. They are measured by themselves: send a request to
          the application. <NextSteps />
        </p>
      )}
      <div class="signals">
        {SECTION_NAMES.map((section) => {
          const own = charts.filter((chart) => sectionOf(chart) === section);
          if (own.length === 0) return null;
          return (
            <section
              key={section}
              aria-labelledby={`signals-${section}`}
              style={{ "--half": Math.ceil(own.length / 2) }}
            >
              <h2 id={`signals-${section}`}>{SECTIONS[section]}</h2>
              <Charts view={{ ...view, charts: own }} size="tile" />
            </section>
          );
        })}
      </div>
      <FiguresTables tables={view.tables ?? []} />
      {further.length > 0 && (
        <section class="further" aria-labelledby="further">
          <h2 id="further">Further figures</h2>
          <Charts view={{ ...view, charts: further }} size="tile" />
        </section>
      )}
    </div>
  );
}

// An application that has measured nothing yet.
function Nothing(): JSX.Element {
  return (
    <Empty title="No series yet">
      The first figures appear after a collection, in a few seconds. <NextSteps />
    </Empty>
  );
}

function NextSteps(): JSX.Element {
  return (
    <>
      If none appears, start it with <code>node --import tachymeter/register app.js</code>, before its
      libraries are loaded. All metrics, also your own, are on the page of{" "}
      <a href={linkTo("instruments")}>instruments</a>.
    </>
  );
}

const SECTION_NAMES = Object.keys(SECTIONS).filter((name): name is Section => name in SECTIONS);
