// The address: `#/<page>/<name>?range=…`. A hash, so that the page works below any path of a proxy.
import { AREAS } from "../../panels/panel.ts";
import type { View } from "../../protocol.ts";

/** A place within the page. */
export interface Route {
  /** First part of the path, such as `area`. */
  readonly page: string;
  /** Second part, decoded; empty if missing. */
  readonly name: string;
  readonly params: ReadonlyMap<string, string>;
}

/** The times that charts show: the last `seconds`, or a range of the past in Unix seconds. */
export type Span =
  | { readonly kind: "live"; readonly seconds: number }
  | { readonly kind: "past"; readonly from: number; readonly to: number };

export const DEFAULT_RANGE_SECONDS = 900;
export const MIN_RANGE_SECONDS = 60;
/** A view without charts, for pages that only need the status. */
export const STATUS_ONLY = "explore";
const MAX_RANGE_SECONDS = 366 * 86_400;

/** Reads the part of an address after `#`. Invalid escapes are kept as text. */
export function routeFrom(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split(/\?(.*)/s, 2);
  const [page = "", ...rest] = path.split("/");
  return {
    page: page === "" ? "overview" : page,
    name: decoded(rest.join("/")),
    params: new Map(new URLSearchParams(query)),
  };
}

/** Writes an address, without the parameters that are empty. */
export function hashFrom(page: string, name: string, params: Iterable<readonly [string, string]>): string {
  const search = new URLSearchParams(
    [...params].filter(([, value]) => value !== "").map(([key, value]): [string, string] => [key, value]),
  );
  const path = name === "" ? page : `${page}/${encodeURIComponent(name)}`;
  return `#/${path}${search.size === 0 ? "" : `?${search.toString()}`}`;
}

/** The times that an address asks for. */
export function spanFrom(params: ReadonlyMap<string, string>): Span {
  const [from, to, range] = ["from", "to", "range"].map((name) => Number(params.get(name) ?? Number.NaN));
  if (from !== undefined && to !== undefined && to > from && from >= 0) return { kind: "past", from, to };
  const isRange = range !== undefined && range >= MIN_RANGE_SECONDS && range <= MAX_RANGE_SECONDS;
  return { kind: "live", seconds: isRange ? range : DEFAULT_RANGE_SECONDS };
}

/** Seconds by which the address compares its view with an earlier one; 0 if it does not. */
export function comparisonFrom(params: ReadonlyMap<string, string>): number {
  const seconds = Number(params.get("compare") ?? 0);
  return seconds > 0 && seconds <= MAX_RANGE_SECONDS ? seconds : 0;
}

/** The server's view for a place. @param isVast whether the screen has room for all figures. */
export function viewOf({ page, name, params }: Route, isVast = false): View {
  switch (page) {
    case "processes":
      return "area/process";
    case "kernels":
      return "area/kernels";
    case "area":
      return Object.hasOwn(AREAS, name) ? `area/${name}` : STATUS_ONLY;
    case "instrument":
    case "kernel":
    case "process": {
      const by = params.get("by") ?? "";
      const search = page === "instrument" && by !== "" ? `?by=${encodeURIComponent(by)}` : "";
      return `${page}/${encodeURIComponent(name)}${search}`;
    }
    case "row":
      return `${page}/${encodeURIComponent(name)}?of=${encodeURIComponent(params.get("of") ?? "")}`;
    case "overview":
      return isVast ? "overview/whole" : page;
    case "instruments":
    case "events":
    case "alerts":
      return page;
    default:
      return STATUS_ONLY;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
