// The figures that a page shows.
import type { Page } from "playwright-core";

/** A figure of a legend. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly time: number;
  readonly text: string;
}

/** The entries of a chart's legend. */
export async function figuresOf(page: Page, chart: string): Promise<readonly Figure[]> {
  return await page.locator(`[data-chart="${chart}"] .legend li:has(data)`).evaluateAll((entries) =>
    entries.map((entry) => {
      const figure = entry.querySelector("data");
      return {
        name: entry.title,
        value: figure?.value ?? "",
        time: Number(figure?.dataset["time"]),
        text: figure?.textContent ?? "",
      };
    }),
  );
}
