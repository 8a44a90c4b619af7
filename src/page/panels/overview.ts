// Sections of the overview: requests first, since users notice them first.
import type { Area } from "./panel.ts";

/** A section of the overview. */
export type Section = "requests" | "dependencies" | "runtime";

/** Titles of the sections, in the order in which they are shown. */
export const SECTIONS: Readonly<Record<Section, string>> = Object.freeze({
  requests: "Requests",
  dependencies: "Dependencies",
  runtime: "Runtime",
});

const PLACES: readonly (readonly [Section, Area])[] = [
  ["requests", "http"],
  ["requests", "commands"],
  ["dependencies", "databases"],
  ["dependencies", "messages"],
  ["dependencies", "http"],
  ["dependencies", "models"],
  ["dependencies", "coordination"],
  ["dependencies", "network"],
  ["runtime", "runtime"],
  ["runtime", "process"],
  ["runtime", "kernels"],
  ["runtime", "machine"],
  ["runtime", "health"],
  ["runtime", "telemetry"],
];

/** The section of a chart. */
export function sectionOf({ id, area }: { readonly id: string; readonly area?: Area | undefined }): Section {
  // Requests that the application makes itself.
  if (id.startsWith("http-client")) return "dependencies";
  return PLACES.find(([, each]) => each === area)?.[0] ?? "runtime";
}

/** Charts or panels in the order of the overview. */
export function inOverviewOrder<Chart extends { readonly id: string; readonly area?: Area | undefined }>(
  charts: readonly Chart[],
): readonly Chart[] {
  const place = (chart: Chart): number => {
    const section = sectionOf(chart);
    return PLACES.findIndex(([each, area]) => each === section && area === chart.area);
  };
  return charts.toSorted((one, other) => place(one) - place(other));
}
