// Profiles of some seconds that are asked for, in the thread that reads them.
import type { HeapProfiler, Profiler, Session } from "node:inspector";
import { setTimeout as delay } from "node:timers/promises";
import { grownBetween } from "./grown-heap.ts";
import type { HotOptions } from "./hot-functions.ts";
import type { Answers } from "./messages.ts";
import type { FunctionNames } from "./names.ts";
import { summaryOf } from "./summary.ts";

const MAX_FUNCTIONS = 10;
// Larger ones are not passed on: the other thread would hold them as a string.
const MAX_TEXT = 32 * 1024 ** 2;
// Bytes between two sampled allocations, as V8 has it by default.
const SAMPLING_BYTES = 32_768;
// The first profile has what is in use anyway, such as caches that fill up.
const FIRST_SHARE = 0.25;

interface TakenParts extends Pick<HotOptions, "intervalMicros" | "isOwn"> {
  readonly session: Session;
  readonly names: FunctionNames;
}

abstract class Taken<Result> {
  protected readonly parts: TakenParts;
  #running: Promise<Result> | undefined;
  #seconds = 0;

  constructor(parts: TakenParts) {
    this.parts = parts;
  }

  /** Takes one, or joins the one that is being taken if it is as long; else takes one after it. Rejects if V8 refuses. */
  async run(seconds: number): Promise<Result> {
    while (this.#running !== undefined && this.#seconds < seconds) await this.#running.catch(() => {});
    if (this.#running === undefined) {
      this.#seconds = seconds;
      this.#running = this.take(seconds).finally(() => (this.#running = undefined));
    }
    return this.#running;
  }

  protected abstract take(seconds: number): Promise<Result>;
}

/** Profiles of the processor time. */
export class TakenProfiles extends Taken<Answers["profile"]> {
  protected override async take(seconds: number): Promise<Answers["profile"]> {
    const { session, names, ...options } = this.parts;
    await new Promise<void>((resolve, reject) =>
      session.post("Profiler.start", (error) => (error === null ? resolve() : reject(error))),
    );
    await delay(seconds * 1_000);
    const profile = await new Promise<Profiler.Profile>((resolve, reject) =>
      session.post("Profiler.stop", (error, result) =>
        error === null ? resolve(result.profile) : reject(error),
      ),
    );
    const { functions, ...summary } = summaryOf(profile, { ...options, max: MAX_FUNCTIONS });
    const text = JSON.stringify(profile);
    if (text.length > MAX_TEXT) throw new Error("the profile is larger than 32 MiB; take a shorter one");
    return {
      summary: {
        ...summary,
        functions: functions.map(({ total, ...each }) => ({ ...names.named(each), total })),
      },
      text,
    };
  }
}

/** Growth of the heap, by the function that allocates it. */
export class AllocationProfiles extends Taken<Answers["allocations"]> {
  protected override async take(seconds: number): Promise<Answers["allocations"]> {
    const { session, names, isOwn } = this.parts;
    // V8 has one sampler for all users: beginning ours again has no effect, and ending it would end theirs.
    const isTaken = await this.#profile().then(
      () => true,
      () => false,
    );
    if (isTaken) throw new Error("the application samples allocations itself");
    await new Promise<void>((resolve, reject) =>
      session.post("HeapProfiler.startSampling", { samplingInterval: SAMPLING_BYTES }, (error) =>
        error === null ? resolve() : reject(error),
      ),
    );
    try {
      await delay(FIRST_SHARE * seconds * 1_000);
      const before = await this.#profile();
      await delay((1 - FIRST_SHARE) * seconds * 1_000);
      const after = await this.#profile();
      return grownBetween(before, after, { isOwn, max: MAX_FUNCTIONS }).map(({ bytes, ...raw }) => ({
        ...names.of(raw),
        bytes,
      }));
    } finally {
      session.post("HeapProfiler.stopSampling");
    }
  }

  #profile(): Promise<HeapProfiler.SamplingHeapProfile> {
    return new Promise((resolve, reject) =>
      this.parts.session.post("HeapProfiler.getSamplingProfile", (error, result) =>
        error === null ? resolve(result.profile) : reject(error),
      ),
    );
  }
}
