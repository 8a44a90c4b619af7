// The frame of all pages.
import type { ComponentType, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { status } from "../state/live.ts";
import { peer } from "../state/peers.ts";
import { route } from "../state/route.ts";
import { AreaPage } from "../views/area.tsx";
import { later } from "../views/later.tsx";
import { KernelPage, KernelsPage } from "../views/kernels.tsx";
import { OverviewPage } from "../views/overview.tsx";
import { ProcessPage, ProcessesPage } from "../views/processes.tsx";
import { ElsewherePage } from "../views/elsewhere.tsx";
import { Empty } from "../views/empty.tsx";
import { RowPage } from "../views/row.tsx";
import { Banner } from "./banner.tsx";
import { Help } from "./help.tsx";
import { Navigation } from "./navigation.tsx";
import { TopBar } from "./top-bar.tsx";

const PAGES: Readonly<Record<string, ComponentType>> = {
  overview: OverviewPage,
  area: AreaPage,
  instruments: later("instruments"),
  instrument: later("instrument"),
  kernels: KernelsPage,
  kernel: KernelPage,
  processes: ProcessesPage,
  process: ProcessPage,
  row: RowPage,
  events: later("events"),
  alerts: later("alerts"),
  explore: later("explore"),
};

/** The page. */
export function App(): JSX.Element {
  const { page, name } = route.value;
  const main = useRef<HTMLElement>(null);
  const isMoved = useRef(false);
  useEffect(() => {
    main.current?.scrollTo(0, 0);
    // A link of the page before had the focus, and is gone.
    if (isMoved.current && document.activeElement === document.body) main.current?.focus();
    isMoved.current = true;
  }, [page, name]);
  const service = status.value?.service ?? "";
  useEffect(() => {
    document.title = `${service === "" ? "" : `${service} · `}Tachymeter`;
  }, [service]);
  const isElsewhere = page === "explore" && peer.value !== "";
  const Page = isElsewhere ? ElsewherePage : Object.hasOwn(PAGES, page) ? PAGES[page] : undefined;
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <TopBar />
      <div class="body">
        <Navigation />
        <main ref={main} tabIndex={-1} id="content">
          <Banner />
          {Page === undefined ? (
            <>
              <h1 class="hidden">Pages</h1>
              <Empty title="This page does not exist">
                <a href="#/overview">Go to the overview</a>
              </Empty>
            </>
          ) : (
            <Page key={`${page}/${name}`} />
          )}
        </main>
      </div>
      <Help />
    </>
  );
}
