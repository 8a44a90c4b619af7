// An outbox under random operations, and the list with which it is compared.
import { vi } from "vitest";
import type { NewRecord } from "../../../src/io/outbox/record-queue.ts";
import { layered, systemError } from "./file-layers.ts";
import { type Opened, asAfterCrash, drained, opened, record } from "./opening.ts";
import { newFolder } from "../../kit/new-folder.ts";

/** Operations on an outbox. */
export type Step =
  | { readonly kind: "append" | "append and go on" | "append at the end"; readonly sizes: readonly number[] }
  | { readonly kind: "append at once"; readonly sizes: readonly number[] }
  | { readonly kind: "deliver"; readonly count: number }
  | { readonly kind: "crash" | "restart" | "break" | "mend" };

/** The result of a trial. */
export interface Outcome {
  readonly delivered: readonly string[];
  /** Whether its size was right at the end. */
  readonly wasCounted: boolean;
  /** Its size once no record was left. */
  readonly left: number;
  readonly dropped: { readonly full: number; readonly expired: number };
  readonly damaged: number;
}

/** An outbox and the list with which it is compared. */
export class Trial {
  readonly #appended: string[] = [];
  readonly #delivered: string[] = [];
  readonly #appending: Promise<void>[] = [];
  #directory: string;
  #opened: Opened;
  #count = 0;
  #isBroken = false;
  readonly #calls = layered((action, path) => {
    if (this.#isBroken && (action === "write" || action === "datasync") && path.endsWith(".segment")) {
      throw systemError("ENOSPC");
    }
  });

  private constructor(directory: string, first: Opened) {
    this.#directory = directory;
    this.#opened = first;
  }

  static async begin(): Promise<Trial> {
    const directory = newFolder("outbox");
    const trial = new Trial(directory, await opened(directory));
    await trial.#restart();
    return trial;
  }

  /** The expected result: all appended records are delivered, once and in order. */
  get expected(): Outcome {
    const dropped = { full: 0, expired: 0 };
    return { delivered: this.#appended, wasCounted: true, left: 0, dropped, damaged: 0 };
  }

  async take(step: Step): Promise<void> {
    const { outbox } = this.#opened;
    switch (step.kind) {
      case "append":
        return outbox.append(this.#made(step.sizes));
      case "append and go on":
        this.#appending.push(outbox.append(this.#made(step.sizes)));
        // So that some records are still being written at the next step.
        return new Promise(setImmediate);
      case "append at the end":
        return outbox.appendSync(this.#made(step.sizes));
      case "append at once": {
        const asynchronous = step.sizes.map((size) => outbox.append(this.#made([size])));
        outbox.appendSync(this.#made(step.sizes));
        await Promise.all(asynchronous);
        return undefined;
      }
      case "deliver":
        for (let i = 0; i < step.count; i++) await this.#deliver();
        return undefined;
      case "crash":
        await this.#crash();
        return undefined;
      case "restart":
        return this.#restart();
      case "break":
        this.#isBroken = true;
        return undefined;
      case "mend":
        await Promise.all(this.#appending);
        this.#isBroken = false;
        if (vi.isFakeTimers()) vi.advanceTimersByTime(61_000);
        await outbox.append([]);
        // Jobs run in order: this one runs after the next attempt to write.
        await outbox.oldest();
        return undefined;
      default:
        return step satisfies never;
    }
  }

  async end(): Promise<Outcome> {
    await this.take({ kind: "mend" });
    await this.#crash();
    const { outbox, dropped } = this.#opened;
    const waiting = outbox.size.records;
    const delivered = this.#delivered.length;
    this.#delivered.push(...(await drained(outbox)));
    const { size, damagedRecords: damaged } = outbox;
    await outbox.close();
    const wasCounted = waiting === this.#delivered.length - delivered;
    return {
      delivered: this.#delivered,
      wasCounted,
      left: size.bytes + size.records + size.points,
      dropped,
      damaged,
    };
  }

  #made(sizesInBytes: readonly number[]): NewRecord[] {
    return sizesInBytes.map((size) => {
      const text = `${this.#count} `.padEnd(size, "x");
      this.#appended.push(text);
      return record(text, Date.now() + this.#count++);
    });
  }

  async #deliver(): Promise<void> {
    const { outbox } = this.#opened;
    const oldest = await outbox.oldest();
    if (oldest === undefined) return;
    this.#delivered.push(Buffer.from(oldest.body).toString());
    await outbox.remove(oldest.sequence);
  }

  async #crash(): Promise<void> {
    await Promise.all(this.#appending);
    const left = asAfterCrash(this.#directory);
    await this.#opened.outbox.close();
    this.#directory = left;
    this.#opened = await this.#open();
  }

  async #restart(): Promise<void> {
    await this.#opened.outbox.close();
    this.#opened = await this.#open();
  }

  #open(): Promise<Opened> {
    return opened({ directory: this.#directory, maxBytes: 1_048_576 }, this.#calls);
  }
}
