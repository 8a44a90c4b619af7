// Pages whose code loads with the first use of one of them, so that the first load is small.
import { signal } from "@preact/signals";
import type { ComponentType, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Empty, Skeleton } from "./empty.tsx";

type Pages = typeof import("./later-pages.ts").LATER_PAGES;

const loaded = signal<Pages | "failed" | undefined>(undefined);

/** A page of `later-pages.ts`. */
export function later(name: keyof Pages): ComponentType {
  return function LaterPage(): JSX.Element {
    useEffect(() => {
      if (typeof loaded.peek() === "object") return;
      void import("./later-pages.ts").then(
        (module) => {
          loaded.value = module.LATER_PAGES;
        },
        () => {
          loaded.value = "failed";
        },
      );
    }, []);
    const pages = loaded.value;
    if (pages === undefined) return <Skeleton size="row" count={3} />;
    if (pages === "failed") {
      return <Empty title="The page could not be loaded">Reload it when the connection is back.</Empty>;
    }
    const Page = pages[name];
    return <Page />;
  };
}
