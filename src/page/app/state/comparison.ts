// The same view an hour, a day or a week ago, for a second line in its charts.
import { computed, effect, signal, untracked } from "@preact/signals";
import type { ChartData, View, ViewData } from "../../protocol.ts";
import { comparisonFrom, type Span, STATUS_ONLY } from "./address.ts";
import { applicationTime, pastView } from "./live.ts";
import { route, span, view as viewOfPlace } from "./route.ts";

// The earlier line of a live chart moves as slowly.
const REFRESH_MILLIS = 60_000;

/** Seconds by which the view is compared with an earlier one; 0 if it is not. */
export const comparison = computed(() => comparisonFrom(route.value.params));

const earlier = signal<ViewData | undefined>(undefined);

/** Why there are no earlier lines; empty if there are some, or if none are wanted. */
export const comparisonProblem = signal("");

/** The earlier values of a chart. */
export interface EarlierChart {
  readonly chart: ChartData;
  /** Unix seconds, moved into the times of the present view. */
  readonly times: readonly number[];
}

/** The earlier values of a chart; `undefined` without any. */
export function earlierOf(id: string): EarlierChart | undefined {
  const view = earlier.value;
  const chart = view?.charts.find((each) => each.id === id);
  if (view === undefined || chart === undefined) return undefined;
  return { chart, times: view.times.map((time) => time + comparison.value) };
}

/** Follows the place and the times. */
export function followComparison(): void {
  let request = new AbortController();
  let timer: ReturnType<typeof setInterval> | undefined;
  effect(() => {
    const seconds = comparison.value;
    const view = viewOfPlace.value;
    const times = span.value;
    untracked(() => {
      request.abort();
      request = new AbortController();
      clearInterval(timer);
      earlier.value = undefined;
      comparisonProblem.value = "";
      if (seconds === 0 || view === STATUS_ONLY) return;
      const { signal: aborted } = request;
      const load = (): void => {
        if (!document.hidden) void loadEarlier(view, times, seconds, aborted);
      };
      load();
      if (times.kind === "live") timer = setInterval(load, REFRESH_MILLIS);
    });
  });
}

// Without the earlier view, the present one is shown alone.
async function loadEarlier(view: View, times: Span, seconds: number, aborted: AbortSignal): Promise<void> {
  const to = times.kind === "live" ? Math.floor(applicationTime()) : times.to;
  const from = times.kind === "live" ? to - times.seconds : times.from;
  try {
    const data = await pastView(view, { from: from - seconds, to: to - seconds }, aborted);
    if (aborted.aborted) return;
    earlier.value = data;
    comparisonProblem.value =
      data === undefined || hasValues(data) ? "" : "There are no values of that time.";
  } catch (error) {
    if (aborted.aborted) return;
    earlier.value = undefined;
    comparisonProblem.value = error instanceof Error ? error.message : String(error);
  }
}

function hasValues({ charts }: ViewData): boolean {
  return charts.some(({ series }) => series.some(({ values }) => values.some((value) => value !== null)));
}
