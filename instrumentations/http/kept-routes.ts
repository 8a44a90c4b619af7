// Routes that a framework keeps in a field of the request. Nothing is patched, so they are found in bundles, too.
import { fieldOf } from "../shared/fields.ts";
import { nextRoute } from "./nextjs.ts";

/** Returns the route that Next.js, Restify or Moleculer's gateway keeps of a request; `undefined` if none does. */
export function keptRoute(request: object): string | undefined {
  return (
    nextRoute(request) ??
    textOf(restifyRoute(request)) ??
    textOf(fieldOf(fieldOf(request, "$alias"), "fullPath"))
  );
}

// Express' own routes, which lack the prefix of a mounted router, have no such description.
function restifyRoute(request: object): unknown {
  return fieldOf(fieldOf(fieldOf(request, "route"), "spec"), "path");
}

function textOf(route: unknown): string | undefined {
  if (route instanceof RegExp) return String(route);
  return typeof route === "string" ? route : undefined;
}
