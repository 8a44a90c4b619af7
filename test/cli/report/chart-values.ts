import type { ReportChart } from "../../../src/cli/report/panel-charts.ts";

/** The values of a chart at one of its times, by the names of the series. */
export function seriesColumns({ series }: ReportChart, i: number): Record<string, number> {
  return Object.fromEntries(
    series.flatMap(({ name, values }) => {
      const value = values[i] ?? null;
      return value === null ? [] : [[name, value]];
    }),
  );
}
