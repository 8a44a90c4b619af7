// Keys that work everywhere.
import { signal } from "@preact/signals";
import { resetTimes } from "../chart/chart.tsx";
import { cursor } from "../chart/cursor.ts";
import { hashFrom } from "../state/address.ts";
import { linkTo, route } from "../state/route.ts";
import { isMenuOpen } from "./navigation.tsx";

/** Pages by the letter that follows `g`. */
export const PAGE_KEYS: Readonly<Record<string, readonly [page: string, title: string]>> = {
  o: ["overview", "Overview"],
  i: ["instruments", "Instruments"],
  e: ["events", "Events"],
  a: ["alerts", "Alerts"],
  x: ["explore", "Explore"],
  p: ["processes", "Processes"],
  k: ["kernels", "Workers"],
};

/** Whether the list of keys is shown. */
export const isHelpShown = signal(false);

const SEQUENCE_MILLIS = 1_500;

/** Follows the keyboard. Keys within fields belong to the fields, except `Escape`. */
export function followKeys(): void {
  let goUntil = 0;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const isField = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
    if (event.key === "Escape") {
      cursor.value = undefined;
      if (isMenuOpen.value) closeMenu();
      else if (isField) focusContent();
      else if (!isHelpShown.value) resetTimes();
      return;
    }
    if (isField) return;
    const page = performance.now() < goUntil ? PAGE_KEYS[event.key] : undefined;
    goUntil = 0;
    if (page !== undefined) location.hash = linkTo(page[0]);
    else if (event.key === "g") goUntil = performance.now() + SEQUENCE_MILLIS;
    else if (event.key === "?") isHelpShown.value = !isHelpShown.value;
    else if (event.key === "/") focusSearch();
    else return;
    event.preventDefault();
  });
}

function closeMenu(): void {
  isMenuOpen.value = false;
  document.querySelector<HTMLElement>(".menu")?.focus();
}

/** Focuses the content, if the focused element is gone. */
export function focusContent(): void {
  document.querySelector<HTMLElement>("#content")?.focus();
}

/** Focuses the search field, which lists instruments. */
function focusSearch(): void {
  document.querySelector<HTMLInputElement>("#search")?.focus();
}

/** Lists the instruments that match a text. */
export function searchInstruments(text: string): void {
  const { page, params } = route.value;
  const times = [...params].filter(([name]) => name !== "q");
  const hash = hashFrom("instruments", "", [...times, ["q", text]]);
  if (page !== "instruments") location.hash = hash;
  else {
    history.replaceState(null, "", hash);
    dispatchEvent(new HashChangeEvent("hashchange"));
  }
}
