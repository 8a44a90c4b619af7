import { afterEach, beforeEach } from "vitest";
import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { LibraryInstrumentation } from "../../instrumentations/shared/library-instrumentation.ts";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";

/** Enables an instrumentation for each test of a file, with a provider of its own. Returns the provider of the current test. */
export function measured<Config extends InstrumentationConfig>(
  instrumentation: LibraryInstrumentation<Config>,
): Collecting {
  let current = collectingProvider();
  beforeEach(() => {
    current = collectingProvider();
    instrumentation.setMeterProvider(current.provider);
    instrumentation.enable();
  });
  afterEach(() => instrumentation.disable());
  return {
    get provider() {
      return current.provider;
    },
    collect: () => current.collect(),
    point: (name, attributes) => current.point(name, attributes),
    points: (name) => current.points(name),
    buckets: (name) => current.buckets(name),
  };
}
