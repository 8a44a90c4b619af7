// Routes that a framework keeps in a field of the request. Nothing is patched, so they are found in bundles, too.
import { fieldOf } from "../shared/fields.ts";
import { feathersRoute } from "./feathers.ts";
import { nextRoute } from "./nextjs.ts";

/** Returns the pattern that Next.js, Restify, Moleculer's gateway or Feathers keeps of a request; `undefined` if none does. */
export function keptRoute(request: object): unknown {
  // Express' own routes, which lack the prefix of a mounted router, have no such description.
  const ofRestify = fieldOf(fieldOf(fieldOf(request, "route"), "spec"), "path");
  const ofMoleculer = fieldOf(fieldOf(request, "$alias"), "fullPath");
  return nextRoute(request) ?? ofRestify ?? ofMoleculer ?? feathersRoute(request);
}
