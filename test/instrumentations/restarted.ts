/** Gauges of living objects after a restart of their instrumentation. */
import type { Attributes } from "@opentelemetry/api";
import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import { expect, onTestFinished, vi } from "vitest";
import type { Begin, Instrumented, OptionTable } from "../../instrumentations/shared/instrumented.ts";
import { collectingProvider } from "../kit/collecting.ts";
import { instrumentationOf } from "./instrumentation-of.ts";
import { readReadme } from "./readmes.ts";

/** Returns the names of the gauges and up-down counters of the instrumentation in `folder`. */
export function gaugesOf(folder: string): readonly string[] {
  const { metrics } = readReadme(folder);
  return metrics.filter(({ instrument }) => /^(gauge|up-down)/.test(instrument)).map(({ name }) => name);
}

/**
 * Stops an instrumentation and starts another of its kind on another provider, as `shutdown()` and `start()` do. Returns
 * a function that expects its gauges: the sum of all series by name, `undefined` without any. `truth` must name each
 * gauge of its README. Series without the attributes of `where` are left out.
 */
export function restarted<Config extends InstrumentationConfig>(
  running: { disable(): void },
  instrumented: Instrumented<Config, OptionTable>,
  begin: Begin<Config>,
  config: NoInfer<Config>,
  where: Attributes = {},
): (truth: Readonly<Record<string, unknown>>) => Promise<void> {
  running.disable();
  const { provider, points } = collectingProvider();
  const again = instrumentationOf(instrumented, begin, config);
  again.setMeterProvider(provider);
  onTestFinished(() => again.disable());
  const names = gaugesOf(instrumented.name.replaceAll("_", "-"));
  const sums = async (): Promise<Readonly<Record<string, unknown>>> => {
    const all: Record<string, unknown> = {};
    for (const name of names) {
      const wanted = (await points(name)).filter(({ attributes }) =>
        Object.entries(where).every(([key, value]) => attributes[key] === value),
      );
      const values = wanted.map(({ value }) => Number(value));
      all[name] = values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
    }
    return all;
  };
  return (truth) => vi.waitFor(async () => expect(await sums()).toStrictEqual(truth));
}
