// A chart: title, legend, plot, and the same figures as a table.
import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import type { ChartData, ViewData } from "../../protocol.ts";
import { Icon } from "../shell/icons.tsx";
import { DEFAULT_RANGE_SECONDS } from "../state/address.ts";
import { linkTo, route, showLive, showPast, span } from "../state/route.ts";
import { earlierOf } from "../state/comparison.ts";
import { isDark } from "../state/theme.ts";
import { ChartTable } from "./chart-table.tsx";
import { cursor, cursorTime } from "./cursor.ts";
import { Legend, nameOf, valueOf } from "./legend.tsx";
import { Plot, type PlotInput } from "./plot.ts";
import { Tooltip } from "./tooltip.tsx";

interface Properties {
  readonly chart: ChartData;
  readonly view: Pick<ViewData, "times" | "step" | "from" | "to" | "events">;
  /** `tile`: small, for the overview. */
  readonly size: "tile" | "panel";
  /** Link of the title. */
  readonly href?: string | undefined;
}

/** A chart. */
export function Chart({ chart, view, size, href }: Properties): JSX.Element {
  const isTable = useSignal(false);
  const title = shownText(chart.title);
  const isExplored = route.value.page === "explore";
  return (
    <figure class={`chart ${size} ${chart.kind}`} data-chart={chart.id} aria-label={title}>
      <figcaption>
        <h2 title={shownText(chart.description)}>
          {href === undefined ? title : <a href={href}>{title}</a>}
        </h2>
        <span class="tools">
          <button
            type="button"
            class="icon"
            aria-pressed={isTable.value}
            aria-label={`${title}: table`}
            title="Table"
            onClick={() => {
              isTable.value = !isTable.value;
            }}
          >
            <Icon name="table" />
          </button>
          {!isExplored && (
            <a
              class="icon"
              href={linkTo("explore", "", { q: chart.expressions[0] ?? "" })}
              aria-label={`${title}: explore`}
              title="Explore"
            >
              <Icon name="explore" />
            </a>
          )}
        </span>
        {size === "panel" && chart.description !== "" && <p>{shownText(chart.description)}</p>}
      </figcaption>
      {chart.error === undefined ? (
        <>
          <Legend chart={chart} times={view.times} />
          {isTable.value ? (
            <ChartTable chart={chart} times={view.times} />
          ) : (
            <PlotBox chart={chart} view={view} size={size} />
          )}
        </>
      ) : (
        <p class="problem">{shownText(chart.error)}</p>
      )}
    </figure>
  );
}

function PlotBox({ chart, view, size }: Pick<Properties, "chart" | "view" | "size">): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot>();
  const isVisible = useSignal(false);
  const width = useSignal(0);
  const isKeyed = useSignal(false);
  const { times, step, from, to, events } = view;
  const id = chart.id;
  const input: PlotInput = { chart, times, step, from, to, events, earlier: earlierOf(id) };

  // Layout effects: the first drawing is in the frame of the data, not two frames later.
  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    // The observer calls back two frames later.
    isVisible.value = element.getBoundingClientRect().top < innerHeight;
    const seen = new IntersectionObserver(
      (entries) => {
        isVisible.value = entries.at(-1)?.isIntersecting === true;
      },
      { rootMargin: "200px" },
    );
    const sized = new ResizeObserver(() => {
      width.value = element.clientWidth;
      plot.current?.redraw();
    });
    seen.observe(element);
    sized.observe(element);
    return () => {
      seen.disconnect();
      sized.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
      if (cursor.peek()?.chart === id) cursor.value = undefined;
    };
  }, [id]);

  // Charts out of sight are not drawn.
  const isDrawn = isVisible.value;
  useLayoutEffect(() => {
    const element = host.current;
    if (element === null || !isDrawn) return;
    if (plot.current !== undefined) {
      plot.current.update(input);
      return;
    }
    plot.current = new Plot(element, input, size === "tile", {
      onSelect: showPast,
      onReset: resetTimes,
      onPoint: (point) => {
        cursor.value = point === undefined ? undefined : { ...point, chart: id };
      },
    });
  });

  useSignalEffect(() => {
    void isDark.value;
    plot.current?.redraw();
  });

  const onKeyDown = (event: KeyboardEvent): void => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (steps === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    isKeyed.value = true;
    plot.current?.moveCursor(steps);
  };
  const rows = chart.kind === "state" && size === "panel" ? Math.max(3, chart.series.length) : undefined;
  return (
    <div class="plot-box">
      <div
        ref={host}
        class="plot"
        role="img"
        tabIndex={0}
        aria-label={summaryOf(chart, times.length - 1)}
        onKeyDown={onKeyDown}
        onBlur={() => {
          if (isKeyed.value) plot.current?.leave();
          isKeyed.value = false;
        }}
        style={rows === undefined ? undefined : { height: `${rows * 24 + 34}px` }}
      />
      <Tooltip id={id} chart={chart} times={times} step={step} events={events} width={width.value} />
      {isKeyed.value && <Spoken chart={chart} times={times} />}
    </div>
  );
}

// The values at the cursor, for a screen reader, while the arrow keys move it.
function Spoken({
  chart,
  times,
}: {
  readonly chart: ChartData;
  readonly times: readonly number[];
}): JSX.Element {
  const time = cursorTime.value;
  return (
    <p class="hidden" role="status">
      {time === undefined
        ? ""
        : `${new Date(time * 1_000).toLocaleTimeString()}: ${valuesAt(chart, times.indexOf(time))}`}
    </p>
  );
}

const MAX_SPOKEN = 5;

function summaryOf(chart: ChartData, at: number): string {
  const rest = chart.series.length - MAX_SPOKEN;
  const values = chart.series.length === 0 ? "no series" : valuesAt(chart, at);
  return `${shownText(chart.title)}, chart. Last values: ${values}${rest > 0 ? `, and ${rest} more` : ""}`;
}

function valuesAt(chart: ChartData, at: number): string {
  return chart.series
    .slice(0, MAX_SPOKEN)
    .map((series) => `${nameOf(series, chart)} ${valueOf(chart, series.values[at])}`)
    .join(", ");
}

/** Shows the last minutes again, after a zoom. */
export function resetTimes(): void {
  if (span.value.kind === "past") showLive(DEFAULT_RANGE_SECONDS);
}
