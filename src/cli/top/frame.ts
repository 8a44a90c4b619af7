// One frame: the header, the tabs, the page, the footer.
import { valueText } from "../../page/panels/index.ts";
import { durationText } from "../flush.ts";
import { dateText, lengthText } from "../texts.ts";
import type { OpenView } from "./list-state.ts";
import type { Moment } from "./moment.ts";
import type { View } from "./page.ts";
import { drawCharts, drawList, listHeight, wrappedLines } from "./terminal/draw-page.ts";
import type { Screen, Style } from "./terminal/screen.ts";
import { fittedText, textWidth } from "../text-width.ts";
import { alertsView } from "./views/alerts.ts";
import { eventsView } from "./views/events.ts";
import { instrumentsView } from "./views/instruments.ts";
import { overviewView } from "./views/overview.ts";
import { processesView } from "./views/processes.ts";
import type { Watcher } from "./watcher.ts";

const MIN_COLUMNS = 80;
const MIN_ROWS = 24;
// Length of a date, with the space before the time.
const DATE_LENGTH = 11;

/** The views of the first level, with their keys. */
export const TABS: readonly { readonly key: string; readonly view: View }[] = [
  { key: "o", view: overviewView },
  { key: "i", view: instrumentsView },
  { key: "a", view: alertsView },
  { key: "e", view: eventsView },
  { key: "p", view: processesView },
];

/** The views of the first level by their keys. */
export const SCREEN_OF_TAB: ReadonlyMap<string, View> = new Map(TABS.map(({ key, view }) => [key, view]));

const KEYS: readonly (readonly [key: string, meaning: string])[] = [
  ["F1", "help"],
  ["Enter", "open"],
  ["Esc", "back"],
  ["/", "filter"],
  ["s", "sort"],
  ["+-", "range"],
  ["Space", "pause"],
  ["q", "quit"],
];

/** A problem that is shown in place of the state. */
export interface Trouble {
  /** Whether the last refresh failed, so that older figures are shown. */
  readonly isLost: boolean;
  readonly text: string;
}

/** Content of a frame. */
export interface Frame {
  readonly watcher: Watcher;
  readonly moment: Moment | undefined;
  readonly trouble: Trouble | undefined;
  readonly isPaused: boolean;
  readonly isFiltering: boolean;
  readonly stack: readonly OpenView[];
}

/** Draws a frame. */
export function drawFrame(screen: Screen, frame: Frame): void {
  if (screen.columns < MIN_COLUMNS || screen.rows < MIN_ROWS) {
    const size = `${screen.columns}x${screen.rows}`;
    screen.write(0, 0, `This needs ${MIN_COLUMNS}x${MIN_ROWS} characters, the terminal has ${size}.`);
    screen.write(1, 0, "Enlarge it, or use tachymeter top --once. q quits.");
    return;
  }
  drawHeader(screen, frame);
  drawTabs(screen, frame);
  drawStatus(screen, frame);
  drawPage(screen, frame);
  drawFooter(screen, frame);
}

function drawHeader(screen: Screen, { watcher, moment, isPaused }: Frame): void {
  const { watched, range, ageSeconds } = watcher;
  const age = ageSeconds === undefined ? "" : `${durationText(ageSeconds)} ago`;
  const end = moment === undefined ? "" : endText(moment.grid.to);
  const right = [isPaused ? "PAUSED" : "", age, `last ${lengthText(range)}`, end]
    .filter((text) => text !== "")
    .join("  ");
  const left = screen.columns - textWidth(right) - 2;
  const service = moment?.status.service ?? "";
  const name = fittedText(`tachymeter top  ${watched.name}${service === "" ? "" : `  ${service}`}`, left);
  screen.write(0, 0, name);
  screen.write(0, screen.columns - textWidth(right), right);
  screen.mark(0, "bar");
}

// Today's times have no date.
function endText(seconds: number): string {
  const [text, today] = [dateText(seconds), dateText(Date.now() / 1_000)];
  const isToday = text.slice(0, DATE_LENGTH) === today.slice(0, DATE_LENGTH);
  return `${isToday ? text.slice(DATE_LENGTH) : text}Z`;
}

function drawTabs(screen: Screen, { stack }: Frame): void {
  let at = 0;
  for (const { key, view } of TABS) {
    const isOpen = stack[0]?.view === view;
    at = screen.write(1, at, key, "accent");
    at = screen.write(1, at, ` ${view.title}`, isOpen ? "bold" : "dim") + 2;
  }
  const path = stack.slice(
    stack[0] !== undefined && TABS.some(({ view }) => view === stack[0]?.view) ? 1 : 0,
  );
  const shown = path.map(({ view }) => view.title).join(" > ");
  if (shown !== "") screen.write(1, at, fittedText(`> ${shown}`, screen.columns - at), "bold");
}

function drawStatus(screen: Screen, { moment, trouble }: Frame): void {
  if (trouble !== undefined) {
    const lost = trouble.isLost ? "NO CONNECTION, trying again  " : "";
    screen.write(2, 0, fittedText(`${lost}${trouble.text}`, screen.columns), "bad");
    return;
  }
  if (moment === undefined) {
    screen.write(2, 0, "loading", "dim");
    return;
  }
  let at = 0;
  for (const [name, text, style] of statusOf(moment)) {
    // The first parts matter most.
    if (at + textWidth(`${name} ${text}`) > screen.columns) break;
    at = screen.write(2, at, `${name} `, "dim");
    at = screen.write(2, at, text, style) + 3;
  }
}

const HEALTH: readonly (readonly [text: string, style: Style])[] = [
  ["unknown", "plain"],
  ["healthy", "good"],
  ["degraded", "warning"],
  ["unhealthy", "bad"],
];

// Share from which on a budget needs attention.
const LOW_BUDGET = 0.25;

/** The state of the application in a few words, each with its style. */
export function statusOf({
  status,
  metrics,
}: Moment): readonly (readonly [name: string, text: string, style: Style])[] {
  const parts: (readonly [string, string, Style])[] = [];
  const { health, alerts, anomalies, processes, budget, restarts, upSeconds } = status;
  const [first, ...others] = health.components;
  if (first !== undefined) {
    const worst = others.reduce((one, other) => (other.status > one.status ? other : one), first);
    // A component that is not critical only degrades the whole.
    const [text, style] = HEALTH[health.whole ?? worst.status] ?? HEALTH[0]!;
    parts.push(["health", worst.status > 1 ? `${text} (${worst.name})` : text, style]);
  }
  if (alerts !== undefined) {
    const audible = alerts.filter(({ isSilenced }) => !isSilenced);
    const firing = audible.filter(({ state }) => state === "firing").length;
    const pending = audible.length - firing;
    const text = pending === 0 ? `${firing} firing` : `${firing} firing, ${pending} pending`;
    parts.push(["alerts", text, firing > 0 ? "bad" : "good"]);
  }
  if (metrics.has("anomaly_score"))
    parts.push(["unusual", `${anomalies.length}`, anomalies.length > 0 ? "warning" : "good"]);
  if (budget !== undefined)
    parts.push([
      "budget",
      valueText(budget, "1"),
      budget <= 0 ? "bad" : budget < LOW_BUDGET ? "warning" : "good",
    ]);
  if (processes !== undefined) parts.push(["processes", `${processes}`, "plain"]);
  if (restarts > 0) parts.push(["restarts", `${restarts}`, "plain"]);
  if (upSeconds !== undefined) parts.push(["up", durationText(upSeconds), "plain"]);
  let series = 0;
  for (const count of metrics.values()) series += count;
  parts.push(["series", `${series}`, "plain"]);
  return parts;
}

function drawPage(screen: Screen, { stack }: Frame): void {
  const open = stack.at(-1);
  const page = open?.page;
  const place = { top: 4, height: screen.rows - 5 };
  if (open === undefined || page === undefined) return;
  switch (page.kind) {
    case "list":
      return drawList(screen, page, open.listState(page, listHeight(page, place)), place);
    case "chart":
      return drawCharts(screen, page, place);
    case "text": {
      const lines = wrappedLines(page.lines, screen.columns);
      const first = open.firstLine(lines.length, place.height);
      for (const [i, line] of lines.slice(first, first + place.height).entries())
        screen.write(place.top + i, 0, line);
      return undefined;
    }
    default:
      return page satisfies never;
  }
}

function drawFooter(screen: Screen, { isFiltering, stack }: Frame): void {
  const row = screen.rows - 1;
  const filter = stack.at(-1)?.filter ?? "";
  if (isFiltering || filter !== "") {
    screen.write(
      row,
      0,
      fittedText(`filter: ${filter}${isFiltering ? "_" : "  (Esc removes it)"}`, screen.columns),
      "bold",
    );
    return;
  }
  let at = 0;
  for (const [key, meaning] of KEYS) {
    at = screen.write(row, at, key, "bold");
    at = screen.write(row, at, ` ${meaning}`, "dim") + 2;
  }
}
