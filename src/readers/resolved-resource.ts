// A collection whose resource can be read at once.
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { Collection } from "../engine/collection/collection.ts";

/** The same collection; without those attributes of its resource that detectors are still reading. */
export function withResolvedResource(collection: Collection): Collection {
  const { resource } = collection;
  if (resource.asyncAttributesPending !== true) return collection;
  const { schemaUrl } = resource;
  const settled = resource.getRawAttributes().filter(([, value]) => !(value instanceof Promise));
  // Of several values the first counts.
  const attributes = Object.fromEntries(settled.toReversed());
  return { ...collection, resource: resourceFromAttributes(attributes, schemaUrl ? { schemaUrl } : {}) };
}
