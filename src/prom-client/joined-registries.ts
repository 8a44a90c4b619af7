/** Registries whose metrics join the collections of the running SDK. */
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import { type MetricSource, metricSources } from "../engine/collection/metric-source.ts";
import { warnOnce } from "../diagnostics/log-once.ts";
import { type Scope, scopeFrom } from "../engine/scope.ts";
import type { Interner } from "../engine/series/interner.ts";
import { PROM_CLIENT_SCOPE } from "../translation/metric-name.ts";
import type { GivenLabels } from "./label-checks.ts";
import { withLabels } from "./labelled-series.ts";
import { type JoiningMetric, ownMetricOf } from "./own-metric.ts";
import { shared } from "./state.ts";

/** A registry, ours or that of the real prom-client. */
export interface JoiningRegistry {
  getMetricsAsArray(): readonly object[];
}

/** Returns the side of a metric that collections read; `undefined` for objects that do not join. */
export type JoiningSide = (metric: object, registry: JoiningRegistry) => JoiningMetric | undefined;

/** Returns the default labels of a registry whose metrics do not have them. */
export type LabelsOf = (registry: JoiningRegistry) => GivenLabels | undefined;

// The default metrics, whose values are those of the process in each registry.
const OF_THE_PROCESS =
  /^(?:process_(?:cpu_(?:user_|system_)?seconds_total|start_time_seconds|(?:resident_memory|virtual_memory|heap)_bytes|(?:open|max)_fds)|nodejs_(?:eventloop_(?:lag|utilization)|active_(?:resources|handles|requests)|heap(?:_space)?_size|external_memory|version_info|gc_duration)(?:_\w+)?)$/;

// An application has few, unless each request makes one.
const MAX_REGISTRIES = 256;

interface JoinedRegistry {
  // A registry that nothing refers to is gone, with its metrics.
  readonly reference: WeakRef<JoiningRegistry>;
  /** The lowest one that no other registry has. It never changes. */
  readonly number: number;
  readonly sideOf: JoiningSide;
  readonly labelsOf: LabelsOf;
}

/** Adds the metrics of a registry to the collections of the running SDK. Further calls do nothing. */
export function joinCollections(
  registry: JoiningRegistry,
  sideOf: JoiningSide = ownMetricOf,
  labelsOf: LabelsOf = () => undefined,
): void {
  const all = shared("joined_registries", () => new JoinedRegistries());
  all.add(registry, sideOf, labelsOf);
  metricSources().add(all);
}

class JoinedRegistries implements MetricSource {
  #registries: readonly JoinedRegistry[] = [];
  readonly #known = new WeakSet<JoiningRegistry>();
  readonly #scopes: Scope[] = [];

  add(registry: JoiningRegistry, sideOf: JoiningSide, labelsOf: LabelsOf): void {
    if (this.#known.has(registry)) return;
    const present = this.#registries.filter(({ reference }) => reference.deref() !== undefined);
    this.#registries = present;
    if (present.length === MAX_REGISTRIES) {
      return warnOnce(
        `prom-client: ${MAX_REGISTRIES} registries are in use; metrics of further ones are only in their own texts`,
      );
    }
    this.#known.add(registry);
    const numbers = new Set(present.map(({ number }) => number));
    // Only the first of all may have 0: its scope has no attribute.
    let number = present.length === 0 ? 0 : 1;
    while (numbers.has(number)) number++;
    this.#registries = [...present, { reference: new WeakRef(registry), number, sideOf, labelsOf }];
  }

  prepare(): Promise<readonly unknown[]> | undefined {
    const pending: Promise<void>[] = [];
    const errors: unknown[] = [];
    for (const { side } of this.#metrics()) {
      try {
        const collecting = side.collect();
        if (collecting !== undefined) pending.push(collecting.catch((error) => void errors.push(error)));
      } catch (error) {
        errors.push(error);
      }
    }
    return pending.length === 0 && errors.length === 0 ? undefined : Promise.all(pending).then(() => errors);
  }

  collect(interner: Interner, reader: object): CollectedMetric[] {
    return this.#metrics().flatMap(({ side, scope, labels }) =>
      withLabels(side, side.collected(interner, scope, reader), labels, interner),
    );
  }

  forget(reader: object): void {
    for (const { side } of this.#metrics()) side.forget(reader);
  }

  // Each metric once, those of one scope together. If two registries have metrics of one name, those of the later one have a
  // scope of their own. Default metrics of the later one would count the process twice.
  #metrics(): readonly JoinedMetric[] {
    const known = new Set<JoiningMetric>();
    const names = new Set<string>();
    const byScope: JoinedMetric[][] = [];
    for (const { reference, number, sideOf, labelsOf } of this.#registries) {
      const registry = reference.deref();
      if (registry === undefined) continue;
      const labels = labelsOf(registry);
      for (const metric of registry.getMetricsAsArray()) {
        const side = sideOf(metric, registry);
        if (side === undefined || known.has(side)) continue;
        if (names.has(side.name) && OF_THE_PROCESS.test(side.name)) continue;
        const at = names.has(side.name) ? number : 0;
        known.add(side);
        names.add(side.name);
        (byScope[at] ??= []).push({ side, scope: this.#scopeOf(at), labels });
      }
    }
    return byScope.flat();
  }

  #scopeOf(number: number): Scope {
    const attributes = number === 0 ? {} : { attributes: { registry: String(number) } };
    return (this.#scopes[number] ??= scopeFrom(PROM_CLIENT_SCOPE, "", attributes));
  }
}

interface JoinedMetric {
  readonly side: JoiningMetric;
  readonly scope: Scope;
  readonly labels: GivenLabels | undefined;
}
