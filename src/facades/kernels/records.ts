import { diag } from "@opentelemetry/api";
import { OTHER_NAME } from "../../recording/bounded-names.ts";
import type { SharedState } from "../../recording/shared-state.ts";
import { FactsOfMembers } from "../../recording/member-facts.ts";
import { kernelsFrom, sumOfTelemetry } from "./member-kernels.ts";
import { KernelRecord } from "./record.ts";
import type { KernelTelemetry } from "./telemetry.ts";

const MAX_KERNELS = 10_000;
// Long enough for any scrape.
const EXPORT_AFTER_TERMINATION_MILLIS = 300_000;

/**
 * Records of all kernels on one provider by id, at most 10,000. For a new kernel, the one that terminated first is
 * dropped. If none has terminated, new kernels are counted under the id `_other`.
 */
export class KernelRecords implements SharedState {
  readonly #records = new Map<string, KernelRecord>();
  // In the order of their termination.
  readonly #terminated = new Set<KernelRecord>();
  #overflow: KernelRecord | undefined;
  readonly #others = new FactsOfMembers(kernelsFrom);

  /** Returns the figures of a kernel, of all members of the group; `undefined` if no member has it. */
  telemetry(id: string, nowMillis: number): KernelTelemetry | undefined {
    let sum = this.get(id)?.telemetry(nowMillis);
    for (const kernels of this.#others) {
      const other = kernels.get(id);
      if (other !== undefined) sum = sum === undefined ? other : sumOfTelemetry(sum, other);
    }
    return sum;
  }

  /** Returns the figures of all kernels by id, of all members of the group. */
  allTelemetry(nowMillis: number): Map<string, KernelTelemetry> {
    const all = new Map<string, KernelTelemetry>();
    for (const record of this) all.set(record.id, record.telemetry(nowMillis));
    for (const kernels of this.#others) {
      for (const [id, other] of kernels) {
        const known = all.get(id);
        all.set(id, known === undefined ? other : sumOfTelemetry(known, other));
      }
    }
    return all;
  }

  facts(): unknown {
    const nowMillis = performance.now();
    const kernels = [...this].map((record) => record.telemetry(nowMillis));
    return kernels.length === 0 ? undefined : kernels;
  }

  setFacts(member: string, facts: readonly unknown[] | undefined): void {
    this.#others.set(member, facts);
  }

  /** Returns the record of a kernel; `undefined` if it is forgotten. */
  get(id: string): KernelRecord | undefined {
    const record = this.#records.get(id);
    return record === undefined || record.forgotten ? undefined : record;
  }

  /**
   * Returns the record of a kernel, and creates it if the kernel is new. If there is no room, returns that of `_other`.
   */
  admit(id: string): KernelRecord {
    const known = this.#records.get(id);
    if (known !== undefined) {
      if (!known.forgotten) return known;
      known.startAnew();
      this.#terminated.delete(known);
      return known;
    }
    if (this.#records.size >= MAX_KERNELS && !this.#evictOldest()) return this.#refuse(id);
    const record = new KernelRecord(id);
    this.#records.set(id, record);
    return record;
  }

  /** Whether `record` is that of `_other`. */
  isOverflow(record: KernelRecord): boolean {
    return record === this.#overflow;
  }

  /** Starts a kernel. Returns `false` if it was running. */
  launch(record: KernelRecord): boolean {
    this.#terminated.delete(record);
    return record.launch();
  }

  terminate(record: KernelRecord): void {
    record.terminate();
    this.#terminated.add(record);
  }

  /** Resets one kernel, or all. */
  reset(id: string | undefined): void {
    if (id === undefined) for (const record of this.#records.values()) record.reset();
    else this.#records.get(id)?.reset();
  }

  absorb(other: KernelRecords): void {
    for (const [id, record] of other.#records) {
      const known = this.#records.get(id);
      if (known !== undefined) known.absorb(record);
      else if (this.#records.size < MAX_KERNELS || this.#evictOldest()) this.#records.set(id, record);
      else this.#refuse(id).absorb(record);
      const kept = this.#records.get(id);
      if (kept?.state === "terminated") this.#terminated.add(kept);
      else if (kept !== undefined) this.#terminated.delete(kept);
    }
    if (other.#overflow !== undefined) this.#refuse(OTHER_NAME).absorb(other.#overflow);
  }

  /** Iterates over all records that are not forgotten, in the order of creation. */
  *[Symbol.iterator](): Generator<KernelRecord> {
    for (const record of this.#records.values()) if (!record.forgotten) yield record;
  }

  /** Iterates over the kernels with series: all except those that terminated long ago. */
  *exported(): Generator<KernelRecord> {
    const nowMillis = performance.now();
    for (const record of this.#records.values()) {
      if (!record.isTerminatedSince(EXPORT_AFTER_TERMINATION_MILLIS, nowMillis)) yield record;
      else if (record.forgotten) this.#delete(record);
    }
    if (this.#overflow !== undefined) yield this.#overflow;
  }

  #evictOldest(): boolean {
    for (const oldest of this.#terminated) return this.#delete(oldest);
    return false;
  }

  #refuse(id: string): KernelRecord {
    if (this.#overflow === undefined) {
      diag.warn(
        `kernel "${id}": none of the ${MAX_KERNELS} kernels has terminated, so new ones are counted together as "${OTHER_NAME}"; terminate unused ones; this is logged once`,
      );
    }
    this.#overflow ??= new KernelRecord(OTHER_NAME);
    // A kernel has a record of its own once there is room.
    this.#overflow.isCurrent = false;
    return this.#overflow;
  }

  #delete(record: KernelRecord): boolean {
    record.isCurrent = false;
    this.#terminated.delete(record);
    return this.#records.delete(record.id);
  }
}
