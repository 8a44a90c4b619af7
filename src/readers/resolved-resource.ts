// A collection whose resource can be read at once.
import type { Collection } from "../engine/collection/collection.ts";
import { resourceFrom } from "../engine/resource.ts";

/** The same collection; without those attributes of its resource that detectors are still reading. */
export function withResolvedResource(collection: Collection): Collection {
  const { resource } = collection;
  if (resource.asyncAttributesPending !== true) return collection;
  const resolved = resource.getRawAttributes().filter(([, value]) => !(value instanceof Promise));
  return { ...collection, resource: resourceFrom(resolved, resource.schemaUrl) };
}
