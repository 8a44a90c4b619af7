// The overview, in the order of what matters: state, what is unusual now, signals, tables.
import type { JSX } from "preact";
import { inOverviewOrder, type Section, sectionOf, SECTIONS } from "../../panels/overview.ts";
import type { ViewData } from "../../protocol.ts";
import { viewData } from "../state/live.ts";
import { Charts } from "./charts.tsx";
import { Empty, Skeleton } from "./empty.tsx";
import { FiguresTable } from "./figures-table.tsx";
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
  const charts = inOverviewOrder(view.charts);
  const tables = view.tables ?? [];
  return (
    <div class="figures">
      <div class="signals">
        {SECTION_NAMES.map((section) => {
          const own = charts.filter((chart) => sectionOf(chart) === section);
          if (own.length === 0) return null;
          return (
            <section key={section} aria-labelledby={`signals-${section}`}>
              <h2 id={`signals-${section}`}>{SECTIONS[section]}</h2>
              <Charts view={{ ...view, charts: own }} size="tile" />
            </section>
          );
        })}
      </div>
      {tables.length > 0 && (
        <div class="tables">
          {tables.map((table) => (
            <FiguresTable key={table.id} table={table} />
          ))}
        </div>
      )}
    </div>
  );
}

// An application that has measured nothing yet.
function Nothing(): JSX.Element {
  return (
    <Empty title="No series yet">
      The first figures appear after a collection, in a few seconds. Requests, queries and messages of
      supported libraries are measured by themselves once they happen. If nothing appears, look whether
      tachymeter is loaded before the application, with <code>node --import tachymeter/register</code>, and at
      the page of <a href="#/instruments">instruments</a>.
    </Empty>
  );
}

const SECTION_NAMES = Object.keys(SECTIONS).filter((name): name is Section => name in SECTIONS);
