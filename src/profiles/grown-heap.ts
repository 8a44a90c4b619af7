// The functions whose allocations make the heap grow.
import type { HeapProfiler } from "node:inspector";
import {
  type HotOptions,
  isOfFile,
  keyOf,
  NATIVE_CODE,
  rawFunction,
  type RawFunction,
} from "./hot-functions.ts";

/** A function that allocated memory which is still in use. */
export interface RawAllocation extends RawFunction {
  readonly bytes: number;
}

const WITHOUT_FILE: RawFunction = { function: NATIVE_CODE, url: "", line: 0, column: 0 };

/** Growth between two profiles of the heap, by the function that allocated it, the largest first. */
export function grownBetween(
  before: HeapProfiler.SamplingHeapProfile,
  after: HeapProfiler.SamplingHeapProfile,
  { isOwn, max }: Pick<HotOptions, "isOwn" | "max">,
): RawAllocation[] {
  const grown = new Map<string, { readonly function: RawFunction; bytes: number }>();
  for (const [profile, sign] of [
    [before, -1],
    [after, 1],
  ] as const) {
    // Each with the nearest function of a file above it.
    const open: { node: HeapProfiler.SamplingHeapProfileNode; owner: RawFunction | undefined }[] = [
      { node: profile.head, owner: undefined },
    ];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { node } = next;
      const owner = isOfFile(node) && !isOwn(node.callFrame.url) ? rawFunction(node) : next.owner;
      const counted = owner ?? WITHOUT_FILE;
      const entry = grown.get(keyOf(counted)) ?? { function: counted, bytes: 0 };
      grown.set(keyOf(counted), entry);
      entry.bytes += sign * node.selfSize;
      for (const child of node.children) open.push({ node: child, owner });
    }
  }
  return [...grown.values()]
    .filter(({ bytes }) => bytes > 0)
    .toSorted((one, other) => other.bytes - one.bytes)
    .slice(0, max)
    .map((each) => ({ ...each.function, bytes: each.bytes }));
}
