// Names of views, as in the address of the page.
import { parsedJson } from "../../io/json.ts";
import { isObject } from "../../options/check.ts";
import { type Area, AREAS } from "../panels/index.ts";

/** A view. */
export type ViewName =
  | { readonly kind: "instruments" | "events" | "alerts" | "explore" }
  | { readonly kind: "overview"; readonly isWhole: boolean }
  | { readonly kind: "area"; readonly area: Area }
  | { readonly kind: "instrument"; readonly metric: string; readonly by: string | undefined }
  | { readonly kind: "kernel"; readonly id: string }
  | { readonly kind: "process"; readonly instance: string }
  | { readonly kind: "row"; readonly table: string; readonly labels: Readonly<Record<string, string>> };

const ALONE = ["instruments", "events", "alerts", "explore"] as const;
// Names of metrics and values of labels have limits of their own.
const MAX_LENGTH = 4_000;

/** Parses the name of a view; `undefined` if it is unknown. */
export function viewNameFrom(text: string): ViewName | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const [path = "", search] = text.split("?", 2);
  const [kind = "", ...rest] = path.split("/");
  if (path === "overview" || path === "overview/whole")
    return { kind: "overview", isWhole: path !== "overview" };
  const alone = ALONE.find((each) => each === kind);
  if (rest.length === 0) return alone === undefined ? undefined : { kind: alone };
  const name = decoded(rest.join("/"));
  if (name === undefined || name === "" || alone !== undefined) return undefined;
  switch (kind) {
    case "area":
      return isArea(name) ? { kind, area: name } : undefined;
    case "instrument":
      return { kind, metric: name, by: new URLSearchParams(search).get("by") || undefined };
    case "kernel":
      return { kind, id: name };
    case "process":
      return { kind, instance: name };
    case "row": {
      const labels = labelsFrom(new URLSearchParams(search).get("of") ?? "");
      return labels && { kind, table: name, labels };
    }
    default:
      return undefined;
  }
}

function labelsFrom(text: string): Readonly<Record<string, string>> | undefined {
  const given = parsedJson(text);
  if (!isObject(given)) return undefined;
  const entries = Object.entries(given).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return entries.length === Object.keys(given).length ? Object.fromEntries(entries) : undefined;
}

function isArea(name: string): name is Area {
  return Object.hasOwn(AREAS, name);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
