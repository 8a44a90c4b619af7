// Grouping of series from several processes into lanes, which are one series in a result.
import type { Attributes } from "@opentelemetry/api";
import { type Block, within } from "../store/block.ts";
import { ChunkBlocks, type NumberFigures } from "../store/chunk-blocks.ts";
import type { SeriesList } from "../store/chunk-listing.ts";
import { type Lifetime, RULES_SCOPE, SAMPLE_SCOPE, type StoredSeries } from "../store/stored.ts";
import type { Store } from "../store/index.ts";
import { keyOf, overlapping } from "../comparison.ts";
import { grouped } from "../../query/grouped.ts";
import { picked } from "../query/matching.ts";
import { isUnnamed } from "../../engine/unnamed-service.ts";
import type { OwnProcess } from "./stored-view.ts";

export interface LaneSeries extends StoredSeries {
  readonly scope: string;
}

/** Takes the blocks of one lane in order of time. */
export interface BlockTaker {
  block(block: Block): void;
  /** Takes the next block by its figures alone. Returns false if the block is needed. */
  readonly figures?: ((figures: NumberFigures) => boolean) | undefined;
}

/** Receives the blocks of one lane in order of time. */
export interface LaneWalk extends Pick<BlockTaker, "figures"> {
  /** Adds a block. `isOther`: it is the first after a restart. */
  block(block: Block, isOther: boolean): void;
  finish(): void;
}

/** A series of a result: one stored series, or several with the same attributes that follow each other. */
export interface Lane {
  readonly attributes: Attributes;
  readonly series: LaneSeries;
}

// Blocks are in order of time, and only those in the range that is read. The other times are of the whole store.
interface Member extends Lifetime {
  readonly series: LaneSeries;
  readonly blocks: readonly Block[];
}

// `instance` is undefined for the process that queries.
interface Process extends Lifetime {
  readonly instance: string | undefined;
  readonly members: readonly Member[];
}

const SERVICE = "service.name";
const INSTANCE = "service.instance.id";

// Attributes that distinguish otherwise equal series, the coarsest first.
const DISTINCTIONS: readonly (readonly [name: string, of: (series: LaneSeries) => string])[] = [
  ["otel.scope.name", ({ scope }) => scope],
  [SERVICE, serviceOf],
];

/**
 * Sorts blocks into lanes. A restarted process continues its lanes. Services are distinguished by `service.name`, and
 * processes of one service that ran at the same time by `service.instance.id`. The lanes of a process that queries have
 * neither, and those of its service not the former. The range that is read has no effect: all times of the store count.
 */
export class Lanes {
  readonly #open: (lane: Lane) => LaneWalk;
  readonly #own: OwnProcess | undefined;
  // Series with unique attributes are processed immediately.
  readonly #alone = new Map<number, LaneSeries>();
  readonly #walks = new Map<number, LaneWalk>();
  // Walks of the series in a list; `undefined` before they are opened. Many chunks have the same list.
  readonly #listed = new WeakMap<SeriesList, (LaneWalk | undefined)[]>();
  readonly #shared = new Map<number, Block[]>();
  readonly #sets: (readonly Pick<Member, "series" | "blocks">[])[] = [];
  readonly #store: Pick<Store, "lifetimes">;
  readonly #lifetimes = new Map<number, ReturnType<Store["lifetimes"]>>();

  /** Lanes never mix series with different values of `by`. */
  constructor(
    store: Pick<Store, "lifetimes">,
    series: readonly LaneSeries[],
    by: readonly string[],
    open: (lane: Lane) => LaneWalk,
    own?: OwnProcess,
  ) {
    this.#store = store;
    this.#open = open;
    this.#own = own;
    const keyFrom = (each: LaneSeries): string => keyOf(each.attributes) + keyOf(picked(each, by));
    for (const alike of grouped(series, keyFrom).values()) {
      const [only, ...others] = alike;
      if (others.length === 0 && only !== undefined && !this.#isOther(only)) this.#alone.set(only.id, only);
      else this.#sets.push(alike.map((each) => this.#member(each)));
    }
  }

  /** Takes blocks of several series. */
  takeAll(blocks: Iterable<Block>): void {
    if (!(blocks instanceof ChunkBlocks)) {
      for (const block of blocks) this.take(block);
      return;
    }
    const { ids } = blocks.list;
    let walks = this.#listed.get(blocks.list);
    if (walks === undefined) this.#listed.set(blocks.list, (walks = []));
    for (let i = 0; i < ids.length; i++) {
      const walk = (walks[i] ??= this.#walks.get(ids[i]!));
      if (walk?.figures !== undefined) {
        const figures = blocks.figures(i);
        if (figures !== undefined && walk.figures(figures)) continue;
      }
      this.take(blocks.block(i));
    }
  }

  take(block: Block): void {
    const walk = this.#walks.get(block.series);
    if (walk !== undefined) return walk.block(block, false);
    const series = this.#alone.get(block.series);
    if (series === undefined) {
      this.#shared.get(block.series)?.push(block);
      return;
    }
    const opened = this.#open({ attributes: series.attributes, series });
    this.#walks.set(block.series, opened);
    opened.block(block, false);
  }

  finish(): void {
    for (const walk of this.#walks.values()) walk.finish();
    for (const set of this.#sets)
      if (set.some(({ blocks }) => blocks.length > 0))
        this.#walkSet(continued(set.flatMap((each) => this.#living(each))));
  }

  #member(series: LaneSeries): Pick<Member, "series" | "blocks"> {
    const blocks: Block[] = [];
    this.#shared.set(series.id, blocks);
    return { series, blocks };
  }

  // Without points for a series whose chunks were removed.
  #living({ series, blocks }: Pick<Member, "series" | "blocks">): Member | readonly [] {
    const { id } = series.metric;
    const lifetimes = this.#lifetimes.get(id) ?? this.#store.lifetimes(id);
    this.#lifetimes.set(id, lifetimes);
    const { from, to } = lifetimes(series) ?? { from: blocks[0]?.from, to: blocks.at(-1)?.to };
    return from === undefined || to === undefined ? [] : { series, blocks, from, to };
  }

  #walkSet(members: readonly Member[], extra: Attributes = {}, distinctions = DISTINCTIONS): void {
    const [distinction, ...finer] = distinctions;
    if (distinction === undefined) return this.#walkProcesses(members, extra);
    const [name, of] = distinction;
    const groups = grouped(members, ({ series }) => of(series));
    const own = name === SERVICE ? this.#own : undefined;
    for (const [value, group] of groups) {
      const isDistinguished = own === undefined ? groups.size > 1 : isOtherService(value, own);
      if (isDistinguished && own?.isAlone === true) continue;
      this.#walkSet(group, { ...extra, ...(isDistinguished && { [name]: value }) }, finer);
    }
  }

  #walkProcesses(members: readonly Member[], extra: Attributes): void {
    const processOf = ({ series }: Member): string | undefined =>
      this.#isOwn(series) ? undefined : instanceOf(series);
    const processes = Array.from(grouped(members, processOf), ([instance, ofProcess]): Process => ({
      instance,
      members: ofProcess,
      from: Math.min(...ofProcess.map(({ from }) => from)),
      to: Math.max(...ofProcess.map(({ to }) => to)),
    }));
    // Live samples continue those of this process. Other services are distinguished already.
    const since = SERVICE in extra ? undefined : this.#own?.sinceUnixMillis;
    if (since !== undefined) processes.push({ instance: undefined, members: [], from: since, to: Infinity });
    const joined: Member[] = [];
    for (const together of overlapping(processes)) {
      const ofOne = new Set(together.map(({ instance }) => instance)).size === 1;
      for (const { instance, members: ofProcess } of together) {
        if (instance === undefined || (ofOne && areConsecutive(ofProcess))) joined.push(...ofProcess);
        else if (this.#own?.isAlone !== true)
          this.#walkProcess(ofProcess, { ...extra, [INSTANCE]: instance });
      }
    }
    this.#walk(joined, extra);
  }

  // Two versions of a scope may run in one process, and two processes may have the same id.
  #walkProcess(members: readonly Member[], extra: Attributes): void {
    if (areConsecutive(members)) return this.#walk(members, extra);
    const versions = grouped(members, ({ series }) => series.metric.scope.version);
    for (const [version, ofVersion] of versions) {
      const known = versions.size > 1 ? { ...extra, "otel.scope.version": version } : extra;
      if (areConsecutive(ofVersion)) this.#walk(ofVersion, known);
      else
        for (const each of ofVersion) this.#walk([each], { ...known, [INSTANCE]: seriesName(each.series) });
    }
  }

  #isOther(series: StoredSeries): boolean {
    return this.#own !== undefined && !this.#isOwn(series);
  }

  #isOwn(series: StoredSeries): boolean {
    const own = this.#own;
    if (own === undefined) return false;
    // Samples are of no process.
    if (series.metric.scope.name === SAMPLE_SCOPE.name) return true;
    return idOf(series) === own.instance && !isOtherService(serviceOf(series), own);
  }

  #walk(members: readonly Member[], extra: Attributes): void {
    const inOrder = members
      .filter(({ blocks }) => blocks.length > 0)
      .toSorted((a, b) => a.blocks[0]!.from - b.blocks[0]!.from);
    const [first] = inOrder;
    if (first === undefined) return;
    const { series } = first;
    const walk = this.#open({ attributes: { ...series.attributes, ...extra }, series });
    for (const [i, { series: each, blocks }] of inOrder.entries()) {
      const isOther = i > 0 && !goesOn(inOrder[i - 1]!.series, each);
      for (const [j, block] of blocks.entries()) walk.block(block, isOther && j === 0);
    }
    walk.finish();
  }
}

/**
 * Whether a series that follows another one has its counts. One process may have several: if its start is corrected, if
 * another member of its group writes, or while the disk does not accept writes.
 */
export function goesOn(before: StoredSeries, after: StoredSeries): boolean {
  return idOf(before) === idOf(after) && after.startTimeUnixMillis <= before.startTimeUnixMillis;
}

/** The name of the service of a series; empty without one. */
export function serviceOf({ resource }: Pick<StoredSeries, "resource">): string {
  return String(resource[SERVICE] ?? "");
}

/** Whether a service is another one than that of the process that queries. An application may get its name later. */
export function isOtherService(service: string, own: OwnProcess): boolean {
  return service !== own.service && service !== "" && !isUnnamed(service);
}

/** Whether the process that queries continues a lane with its live samples, if it has the series. */
export function isContinued({ attributes, series }: Lane): boolean {
  const { name } = series.metric.scope;
  const isCollected = name !== SAMPLE_SCOPE.name && name !== RULES_SCOPE.name;
  return isCollected && !(SERVICE in attributes) && !(INSTANCE in attributes);
}

/** The id of the process, or of its group. */
export function idOf({ resource }: Pick<StoredSeries, "resource">): string | undefined {
  const id = resource[INSTANCE];
  return id === undefined ? undefined : String(id);
}

function instanceOf(series: StoredSeries): string {
  return idOf(series) ?? seriesName(series);
}

function seriesName({ id }: StoredSeries): string {
  return `series ${id}`;
}

// Whether no two have points at the same time.
function areConsecutive(members: readonly Member[]): boolean {
  return [...overlapping(members)].length === members.length;
}

/**
 * Each series once. After the clock was set back, later points replace those beyond that time. `members` are in order
 * of age.
 */
function continued(members: readonly Member[]): readonly Member[] {
  const found = new Map<string, Member>();
  for (const { series, blocks, from, to } of members) {
    const key = storedSeriesKey(series);
    const before = found.get(key);
    const kept = before?.blocks.flatMap((block) => within(block, -Infinity, from - 1) ?? []) ?? [];
    found.set(key, { series, blocks: [...kept, ...blocks], from: Math.min(from, before?.from ?? from), to });
  }
  return [...found.values()];
}

/** Returns a key that is equal for series that continue each other. */
export function storedSeriesKey({ metric, attributes, resource, startTimeUnixMillis }: StoredSeries): string {
  return JSON.stringify([metric.id, attributes, resource, startTimeUnixMillis]);
}
