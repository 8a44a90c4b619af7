/** The group of this process: its threads, whose figures are merged into those of its meter provider. */
import { threadId } from "node:worker_threads";
import type { Meter } from "@opentelemetry/api";
import type { MeterProvider } from "../engine/meter-provider.ts";
import { VERSION } from "../version.ts";
import type { Chunk } from "./memory/chunks.ts";
import { ImageReader } from "./memory/image-reader.ts";
import { GroupMerge, type GroupMergeOptions, type MergedMember } from "./merge/group-merge.ts";
import type { Recipe } from "./recipe.ts";
import { withTimeout } from "../io/timeout.ts";
import { ANSWER } from "./threads/answer.ts";
import type { Group, GroupMember } from "./view.ts";
import { acceptThreads, type AcceptedThreads, type ThreadLink } from "./threads/accept-threads.ts";

export interface OwnGroupOptions extends Omit<GroupMergeOptions, "find" | "onRepair"> {
  readonly id: string;
  readonly name: string;
  readonly recipe: Recipe;
}

class Thread {
  readonly link: ThreadLink;
  readonly member: MergedMember;
  readonly joinedAt: number = Date.now();
  readonly #arrived: unknown[] = [];
  #isAsked = false;
  #answered = (): void => {};

  constructor(link: ThreadLink, slot: number) {
    this.link = link;
    const image = new ImageReader(() => this.#chunks());
    this.member = { name: `worker thread ${link.threadId}`, slot, image };
    link.onMessage(() => this.#receive());
  }

  /**
   * Asks for the values of observable instruments. Resolves when they are there. A thread that has not answered yet, such
   * as an idle one of a pool, is not waited for again.
   */
  report(): Promise<void> | undefined {
    if (this.#isAsked) return undefined;
    this.#isAsked = true;
    this.link.ask();
    return new Promise((resolve) => (this.#answered = resolve));
  }

  #receive(): void {
    this.#arrived.push(...this.link.drain());
    if (!this.#arrived.includes(ANSWER)) return;
    this.#isAsked = false;
    this.#answered();
  }

  #chunks(): readonly Chunk[] {
    this.#receive();
    return this.#arrived.splice(0).flatMap(chunkIn);
  }
}

// Intervals without a report after which a member counts as blocked.
const BLOCKED_AFTER = 3;

// Time that a collection waits for the values of observable instruments.
const ANSWER_MILLIS = 50;

export class OwnGroup implements Group {
  readonly id: string;
  readonly name: string;
  readonly #intervalMillis: number;
  readonly #provider: MeterProvider;
  readonly #merge: GroupMerge;
  readonly #accepted: AcceptedThreads;
  readonly #threads = new Set<Thread>();
  #repaired = 0;
  #isObserved = false;

  constructor(provider: MeterProvider, { id, name, recipe, ...options }: OwnGroupOptions) {
    this.id = id;
    this.name = name;
    this.#provider = provider;
    this.#intervalMillis = recipe.interval * 1_000;
    this.#accepted = acceptThreads(recipe, (link) => this.#join(link));
    this.#merge = provider.mergeMembers(
      (target) =>
        new GroupMerge(target, {
          ...options,
          find: () => this.#accepted.refresh(),
          prepare: () => this.#report(),
          onRepair: () => this.#repaired++,
        }),
    );
  }

  get role(): Group["role"] {
    return this.#threads.size > 0 ? "aggregator" : "alone";
  }

  members(): readonly GroupMember[] {
    const own = {
      pid: process.pid,
      threadId,
      worker: 0,
      role: "aggregator",
      state: "live",
      ageSeconds: 0,
    } as const;
    return [own, ...[...this.#threads].map((thread) => this.#shown(thread))];
  }

  /** Ends the membership of all threads. Their figures up to now stay. */
  stop(): void {
    this.#accepted.stop();
    for (const thread of this.#threads) this.#leave(thread);
  }

  #join(link: ThreadLink): void {
    const thread = new Thread(link, this.#merge.freeSlot());
    this.#threads.add(thread);
    this.#merge.add(thread.member);
    link.onEnd(() => this.#leave(thread));
    if (!this.#isObserved) this.#observe(this.#provider.getMeter("tachymeter.telemetry", VERSION));
  }

  async #report(): Promise<void> {
    const answers = [...this.#threads]
      .map((thread) => thread.report())
      .filter((answer) => answer !== undefined);
    if (answers.length > 0) await withTimeout(Promise.all(answers), ANSWER_MILLIS, () => {});
  }

  #leave(thread: Thread): void {
    if (this.#threads.delete(thread)) this.#merge.leave(thread.member);
  }

  #shown({ link, member, joinedAt }: Thread): GroupMember {
    const age = Date.now() - (member.image.reportedAt || joinedAt);
    return {
      pid: process.pid,
      threadId: link.threadId,
      worker: member.slot,
      role: "thread",
      state: age > BLOCKED_AFTER * this.#intervalMillis ? "blocked" : "live",
      ageSeconds: Math.max(0, age) / 1_000,
    };
  }

  // Created when the first member joins, so that an application without threads does not have them.
  #observe(meter: Meter): void {
    this.#isObserved = true;
    meter
      .createObservableGauge("telemetry.group.members", {
        unit: "{member}",
        description: "Threads and processes of the group.",
      })
      .addCallback((result) => result.observe(this.#threads.size + 1));
    meter
      .createObservableGauge("telemetry.group.report.age", {
        unit: "s",
        description: "Time since the oldest of the members' last reports.",
      })
      .addCallback((result) => {
        const ages = [...this.#threads].map((thread) => this.#shown(thread).ageSeconds);
        if (ages.length > 0) result.observe(Math.max(...ages));
      });
    meter
      .createObservableCounter("telemetry.group.rows.repaired", {
        unit: "{row}",
        description: "Series whose thread was ended amid a recording.",
      })
      .addCallback((result) => result.observe(this.#repaired));
  }
}

function chunkIn(message: unknown): readonly Chunk[] {
  return typeof message === "object" && message !== null && "chunk" in message && isChunk(message.chunk)
    ? [message.chunk]
    : [];
}

function isChunk(given: unknown): given is Chunk {
  return (
    typeof given === "object" &&
    given !== null &&
    "kind" in given &&
    (given.kind === "cells" || given.kind === "log") &&
    "buffer" in given &&
    given.buffer instanceof SharedArrayBuffer
  );
}
