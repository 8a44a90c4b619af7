/** The figures of a group, read from outside, also if none of its processes lives. */
import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import type {
  AggregationOption,
  InstrumentType,
  ResourceMetrics,
  ScopeMetrics,
} from "@opentelemetry/sdk-metrics";
import { adviceOf } from "../engine/instruments/descriptor.ts";
import { MeterProvider } from "../engine/meter-provider.ts";
import { resourceFrom } from "../engine/resource.ts";
import { scopeKey } from "../engine/scope.ts";
import { AggregationType, InstrumentType as Type } from "../engine/sdk-values.ts";
import { defaultAggregation, sameAggregation } from "../engine/streams/aggregation.ts";
import type { KeptAggregation } from "../engine/streams/stream-store.ts";
import { MemberReader } from "./member-reader.ts";
import type { StreamIdentity } from "./memory/frames.ts";
import { ImageReader } from "./memory/image-reader.ts";
import { type GroupMerge, mergeInto } from "./merge/group-merge.ts";
import { memberIds, namesIn, reasonAgainstMember } from "./processes/member-folders.ts";
import { readDeparted } from "./processes/departed.ts";
import type { KeptFigures } from "./processes/figures-file.ts";
import { type GroupIdentity, readIdentity } from "./processes/identity.ts";
import { type State, StateReader } from "./processes/state-reader.ts";

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
export interface OwnFigures extends Omit<MemberFigures, "state"> {
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
  const images = imagesOf(departed, members);
  const readers = readersFor(images.flatMap(({ image }) => image.streams.map(({ identity }) => identity)));
  const provider = new MeterProvider({ readers, resource: resourceFrom([...attributes]) });
  addAll(mergeInto(provider), images);
  const collected = await Promise.all(readers.map((reader) => reader.collect()));
  return collected.map(({ resourceMetrics }) => resourceMetrics).reduce(withMissing);
}

// Each member has its own limit already.
const LIMIT = 10_000_000;
const UNLIMITED = Object.fromEntries(Object.values(Type).map((kind) => [kind, LIMIT]));

interface NamedImage {
  readonly name: string;
  readonly image: ImageReader;
}

function imagesOf(
  departed: GroupFigures["departed"],
  members: GroupFigures["members"],
): readonly NamedImage[] {
  const states = members.map(({ id, state }) => ({ name: `process ${id}`, ...state }));
  if (departed !== undefined) states.unshift({ name: "ended processes", ...departed, isLogNew: true });
  return states.map(({ name, log, cells }) => {
    const image = new ImageReader();
    image.setState(log, cells);
    // The aggregator has them with those of ended processes.
    image.skipRemoved();
    try {
      for (const _ of image.readLog());
    } catch {
      // The merge reads it again, and logs the reason.
    }
    return { name, image };
  });
}

// A reader of the defaults, and further ones until each kind of instrument has all aggregations that views, or readers of
// the group, have set.
function readersFor(streams: readonly StreamIdentity[]): MemberReader[] {
  const found = new Map<InstrumentType, Map<string, AggregationOption>>();
  for (const { instrument, aggregation, fixed } of streams) {
    const byDefault = defaultAggregation(instrument.type, adviceOf(instrument));
    if (fixed !== undefined || sameAggregation(aggregation, byDefault)) continue;
    const ofKind = found.get(instrument.type) ?? new Map<string, AggregationOption>();
    found.set(instrument.type, ofKind.set(JSON.stringify(aggregation), optionOf(aggregation)));
  }
  const options = [...found].map(([kind, ofKind]) => [kind, [...ofKind.values()]] as const);
  const count = Math.max(0, ...options.map(([, { length }]) => length));
  const choices = Array.from({ length: count }, (_, i) =>
    Object.fromEntries(options.map(([kind, ofKind]) => [kind, ofKind[i] ?? { type: AggregationType.DROP }])),
  );
  return [{}, ...choices].map((aggregations) => new MemberReader({ aggregations, limits: UNLIMITED }));
}

function optionOf(aggregation: KeptAggregation): AggregationOption {
  switch (aggregation.kind) {
    case "sum":
      return { type: AggregationType.SUM };
    case "lastValue":
      return { type: AggregationType.LAST_VALUE };
    case "explicitHistogram":
      return {
        type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
        options: { ...aggregation, boundaries: [...aggregation.boundaries] },
      };
    case "exponentialHistogram":
      return { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: aggregation };
    default:
      return aggregation satisfies never;
  }
}

function addAll(merge: GroupMerge, images: readonly NamedImage[]): void {
  for (const { name, image } of images) {
    const member = { name, slot: merge.freeSlot(), image };
    merge.add(member);
    // Their sums and histograms stay.
    if (name === "ended processes") merge.leave(member);
  }
}

// A metric may be in several collections. One of them is enough.
function withMissing(first: ResourceMetrics, second: ResourceMetrics): ResourceMetrics {
  const keysOf = ({ scope, metrics }: ScopeMetrics): readonly string[] =>
    metrics.map(({ descriptor }) => JSON.stringify([scopeKey({ version: "", ...scope }), descriptor.name]));
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

/** The last state of one member. */
interface MemberFigures {
  readonly id: string;
  readonly pid: number | undefined;
  readonly timeUnixMillis: number | undefined;
  readonly state: State;
}

/** The figures of a group: each member is in exactly one of both. */
interface GroupFigures {
  readonly identity: GroupIdentity | undefined;
  readonly departed: KeptFigures | undefined;
  readonly members: readonly MemberFigures[];
}

const MAX_TRIES = 20;

/**
 * Reads the figures in a group's folder, also while its members write and fold them.
 *
 * @throws the system's error if those of ended members cannot be read.
 */
export function readGroup(folder: string): GroupFigures {
  for (let attempt = 1; ; attempt++) {
    const before = versionOfDeparted(folder);
    const figures = readOnce(folder);
    // Members may have been folded meanwhile: then they are in both, or in none.
    if (versionOfDeparted(folder) === before || attempt === MAX_TRIES) return figures;
  }
}

function readOnce(folder: string): GroupFigures {
  const stored = readDeparted(folder);
  const departed = stored === "damaged" ? undefined : stored;
  const folded = new Set(departed?.ids);
  const members = memberIds(folder).flatMap((id): readonly MemberFigures[] => {
    if (folded.has(id) || reasonAgainstMember(folder, id) !== undefined) return [];
    const reader = new StateReader(join(folder, id));
    const state = reader.read();
    return state === undefined ? [] : [{ id, pid: reader.pid, timeUnixMillis: reader.timeUnixMillis, state }];
  });
  return { identity: readIdentity(folder), departed, members };
}

// Each change is another file.
function versionOfDeparted(folder: string): string {
  const stats = lstatSync(join(folder, "departed"), { throwIfNoEntry: false, bigint: true });
  return stats === undefined ? "" : `${stats.ino} ${stats.mtimeNs} ${stats.size}`;
}
