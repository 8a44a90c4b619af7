// The present place and times, and the ways to others.
import { computed, signal } from "@preact/signals";
import {
  DEFAULT_RANGE_SECONDS,
  hashFrom,
  MIN_RANGE_SECONDS,
  routeFrom,
  spanFrom,
  viewOf,
} from "./address.ts";
import { isVast } from "./screen.ts";

/** The present place. */
export const route = signal(routeFrom(""));
export const span = computed(() => spanFrom(route.value.params), { name: "span" });
/** The server's view for it. */
export const view = computed(() => viewOf(route.value, isVast.value));

/** Follows the address. */
export function followAddress(): void {
  const read = (): void => {
    route.value = routeFrom(location.hash);
  };
  addEventListener("hashchange", read);
  read();
}

/** The link to another page. It keeps the times and the instance. */
export function linkTo(page: string, name = "", params: Readonly<Record<string, string>> = {}): string {
  const times = ["range", "from", "to", "compare", "peer"].map(
    (each) => [each, route.value.params.get(each) ?? ""] as const,
  );
  return hashFrom(page, name, new Map([...times, ...Object.entries(params)]));
}

/** Changes parameters of the present place; an empty value removes one. */
export function setParams(changes: Readonly<Record<string, string>>, isNewEntry = true): void {
  const { page, name, params } = route.value;
  const hash = hashFrom(page, name, new Map([...params, ...Object.entries(changes)]));
  if (isNewEntry) location.hash = hash;
  else {
    history.replaceState(null, "", hash);
    route.value = routeFrom(hash);
  }
}

/** Shows a range of the past, of a minute at least. */
export function showPast(from: number, to: number): void {
  const missing = Math.max(0, MIN_RANGE_SECONDS - (to - from));
  const start = Math.max(0, Math.round(from - missing / 2));
  setParams({ from: String(start), to: String(Math.round(to + missing / 2)), range: "" });
}

/** Shows the last seconds. */
export function showLive(seconds: number): void {
  setParams({ from: "", to: "", range: seconds === DEFAULT_RANGE_SECONDS ? "" : String(seconds) });
}
