// A profile as a table of functions and packages.
import type { Profiler } from "node:inspector";
import {
  type HotOptions,
  hotFunctions,
  type HotRawFunction,
  keyOf,
  MAX_BUSY_INTERVALS,
  Stacks,
} from "./hot-functions.ts";
import { packageOf } from "./package-of.ts";

/** A profile as a table. */
export interface RawSummary {
  readonly seconds: number;
  /** Part of the time in which the thread was busy. */
  readonly busy: number;
  /** The functions with the most time of their own. Shares are parts of the busy time. */
  readonly functions: readonly (HotRawFunction & { readonly total: number })[];
  /** The packages with the most time, and the application itself, without a name. */
  readonly packages: readonly {
    readonly package: string | undefined;
    readonly share: number;
    readonly total: number;
  }[];
}

/** The most expensive functions and packages of a profile. `total` is the time with all that they called. */
export function summaryOf(profile: Profiler.Profile, options: HotOptions): RawSummary {
  const { intervalMicros, isOwn, max } = options;
  const all = hotFunctions(profile, { ...options, ofBusyTime: true, max: Infinity });
  const stacks = new Stacks(profile.nodes, isOwn);
  const totals = new Map<string, number>();
  const packages = new Map<string | undefined, { share: number; total: number }>();
  const ofPackage = (name: string | undefined): { share: number; total: number } => {
    const known = packages.get(name) ?? { share: 0, total: 0 };
    packages.set(name, known);
    return known;
  };
  for (const each of all) if (each.url !== "") ofPackage(packageOf(each.url)).share += each.share;
  let busy = 0;
  const { samples = [], timeDeltas = [] } = profile;
  for (const [index, id] of samples.entries()) {
    const micros = Math.min(timeDeltas[index + 1] ?? 0, MAX_BUSY_INTERVALS * intervalMicros);
    if (stacks.ownedBy(id) === undefined) continue;
    busy += micros;
    const callers = stacks.functionsOf(id);
    for (const key of new Set(callers.map(keyOf))) totals.set(key, (totals.get(key) ?? 0) + micros);
    for (const name of new Set(callers.map(({ url }) => packageOf(url)))) ofPackage(name).total += micros;
  }
  const micros = Math.max(profile.endTime - profile.startTime, 1);
  return {
    seconds: micros / 1e6,
    busy: Math.min(1, busy / micros),
    functions: all.slice(0, max).map((each) => ({
      ...each,
      total: Math.max(each.share, (totals.get(keyOf(each)) ?? 0) / Math.max(busy, 1)),
    })),
    packages: [...packages]
      .map(([name, { share, total }]) => ({ package: name, share, total: total / Math.max(busy, 1) }))
      .toSorted((one, other) => other.share - one.share)
      .slice(0, max),
  };
}
