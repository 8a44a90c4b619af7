// The same calls measured twice: by patches of the library's files, and by what it publishes, as in a bundle.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Begin, Instrumented, OptionTable } from "../../instrumentations/shared/instrumented.ts";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";
import { instrumentationOf } from "./instrumentation-of.ts";

/** The description of a library that is part of a bundle: none of its files is found. */
export function bundled<Config>(
  instrumented: Instrumented<Config, OptionTable>,
): Instrumented<Config, OptionTable> {
  return { ...instrumented, files: [], beginsAtOnce: false };
}

/** Whether the installed version of a package, of which the oldest one is tested too, publishes its calls. */
export function publishesFrom(
  name: string,
  { publishedSince = "" }: { readonly publishedSince?: string },
): boolean {
  const file = join(import.meta.dirname, "../../node_modules", name, "package.json");
  const { version }: { version: string } = JSON.parse(readFileSync(file, "utf8"));
  return version.localeCompare(publishedSince, "en", { numeric: true }) >= 0;
}

/** Creates both instrumentations. Load the library afterwards. */
export function bothWays<Config extends InstrumentationConfig>(
  instrumented: Instrumented<Config, OptionTable>,
  begin: Begin<Config>,
  config: NoInfer<Config>,
): { readonly patched: Collecting; readonly published: Collecting } {
  const [patched, published] = [collectingProvider(), collectingProvider()];
  instrumentationOf(instrumented, begin, config).setMeterProvider(patched.provider);
  instrumentationOf(bundled(instrumented), begin, config).setMeterProvider(published.provider);
  return { patched, published };
}

/** Returns all series, `name {"attribute":"value"} 2`, in alphabetical order, with the counts of histograms. */
export async function seriesOf({ collect }: Collecting): Promise<readonly string[]> {
  const { scopeMetrics } = await collect();
  return scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .flatMap(({ descriptor: { name }, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => {
        const sorted = Object.fromEntries(
          Object.keys(attributes)
            .toSorted()
            .map((key) => [key, attributes[key]]),
        );
        const count: unknown = typeof value === "number" ? value : value.count;
        return `${name} ${JSON.stringify(sorted)} ${String(count)}`;
      }),
    )
    .toSorted();
}
