/** The figures of a group, read from outside, also if none of its processes lives. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ResourceMetrics, ScopeMetrics } from "@opentelemetry/sdk-metrics";
import { MeterProvider } from "../engine/meter-provider.ts";
import { resourceFrom } from "../engine/resource.ts";
import { AggregationType, InstrumentType } from "../engine/sdk-values.ts";
import { MemberReader } from "./member-reader.ts";
import { ImageReader } from "./memory/image-reader.ts";
import { type GroupMerge, mergeInto } from "./merge/group-merge.ts";
import { namesIn } from "./processes/member-folders.ts";
import { type GroupFigures, readGroup } from "./processes/read-group.ts";

/** The folders of groups in a directory: the directory itself, those of its services, or those of its groups. */
export function groupsIn(directory: string): readonly string[] {
  const below = (folder: string): readonly string[] => namesIn(folder).map((name) => join(folder, name));
  const services = [directory, ...below(directory), ...below(directory).flatMap(below)];
  const folders = [directory, ...services.map((service) => join(service, "v1"))];
  return folders.filter((folder) => existsSync(join(folder, "group.json")));
}

/** Reads and merges the last figures of all members. Metrics have the names of their instruments. */
export async function readFigures(folder: string): Promise<ResourceMetrics> {
  const { identity, departed, members } = readGroup(folder);
  const attributes: [string, string][] =
    identity === undefined
      ? []
      : [
          ["service.name", identity.serviceName],
          ["service.instance.id", identity.id],
        ];
  return merged(attributes, departed, members);
}

/** Number of members whose folders exist. */
export function memberCount(folder: string): number {
  return readGroup(folder).members.length;
}

/** The last figures of one member. */
export interface OwnFigures {
  readonly id: string;
  readonly pid: number | undefined;
  readonly timeUnixMillis: number | undefined;
  readonly figures: ResourceMetrics;
}

/** Reads the last figures of each member whose folder exists. Metrics have the names of their instruments. */
export async function readEach(folder: string): Promise<readonly OwnFigures[]> {
  const own: OwnFigures[] = [];
  for (const member of readGroup(folder).members) {
    const { id, pid, timeUnixMillis } = member;
    own.push({ id, pid, timeUnixMillis, figures: await merged([], undefined, [member]) });
  }
  return own;
}

async function merged(
  attributes: readonly [string, string][],
  departed: GroupFigures["departed"],
  members: GroupFigures["members"],
): Promise<ResourceMetrics> {
  const readers = [new MemberReader({ aggregations: {}, limits: UNLIMITED }), new MemberReader(EXPONENTIAL)];
  const provider = new MeterProvider({ readers, resource: resourceFrom([...attributes]) });
  addAll(mergeInto(provider), departed, members);
  const [plain, exponential] = await Promise.all(readers.map((reader) => reader.collect()));
  if (plain === undefined || exponential === undefined) throw new Error("the readers are missing");
  return withMissing(plain.resourceMetrics, exponential.resourceMetrics);
}

// Each member has its own limit already.
const LIMIT = 10_000_000;
const UNLIMITED = Object.fromEntries(Object.values(InstrumentType).map((kind) => [kind, LIMIT]));
const EXPONENTIAL = {
  aggregations: { [InstrumentType.HISTOGRAM]: { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const },
  limits: UNLIMITED,
};

function addAll(
  merge: GroupMerge,
  departed: GroupFigures["departed"],
  members: GroupFigures["members"],
): void {
  const states = members.map(({ id, state }) => ({ name: `process ${id}`, ...state }));
  if (departed !== undefined) states.unshift({ name: "ended processes", ...departed, isLogNew: true });
  for (const { name, log, cells } of states) {
    const image = new ImageReader();
    image.setState(log, cells);
    const member = { name, slot: merge.freeSlot(), image };
    merge.add(member);
    // Their sums and histograms stay.
    if (name === "ended processes") merge.leave(member);
  }
}

// A metric may be in both collections. One of them is enough.
function withMissing(first: ResourceMetrics, second: ResourceMetrics): ResourceMetrics {
  const keysOf = ({ scope, metrics }: ScopeMetrics): readonly string[] =>
    metrics.map(({ descriptor }) => JSON.stringify([scope, descriptor.name]));
  const known = new Set(first.scopeMetrics.flatMap(keysOf));
  const missing = second.scopeMetrics.map((each) => ({
    ...each,
    metrics: each.metrics.filter((_, i) => !known.has(keysOf(each)[i]!)),
  }));
  return {
    ...first,
    scopeMetrics: [...first.scopeMetrics, ...missing.filter(({ metrics }) => metrics.length > 0)],
  };
}
