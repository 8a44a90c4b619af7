// Lines and facts that this process passes on to the aggregator.
import { join } from "node:path";
import { attempt } from "../../diagnostics/rate-limit.ts";
import { ChangedFacts } from "../changed-facts.ts";
import { FactsWriter } from "./facts-file.ts";
import type { GroupFolder } from "./group-folder.ts";
import { JournalWriter } from "./journal.ts";

/** Writes lines to the journal of this process, those of one tick together, and its facts. */
export class PassedLines {
  readonly #folder: GroupFolder;
  readonly #journal: JournalWriter;
  #isScheduled = false;
  #isEnding = false;

  readonly #facts: ChangedFacts;

  constructor(folder: GroupFolder, facts: () => string | undefined) {
    this.#folder = folder;
    const own = join(folder.folder, folder.id);
    this.#journal = new JournalWriter(own);
    const writer = new FactsWriter(own);
    this.#facts = new ChangedFacts(
      facts,
      (text) => writer.write(text),
      () => writer.isLost,
    );
  }

  /** Writes the facts if another process is the aggregator, and if they have changed or were removed. */
  writeFacts(options?: { readonly isLast: boolean }): void {
    if (!this.#folder.isJoined || this.#folder.role === "aggregator") return;
    if (this.#facts.publish(options)) this.#folder.notifyAggregator();
  }

  /** Passes a line on. Returns `false` if it is lost, because too many have not been read. */
  add(line: string): boolean {
    if (!this.#journal.add(line)) return false;
    if (this.#isEnding) this.flush();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      queueMicrotask(() => this.flush());
    }
    return true;
  }

  /** Writes all lines so far. If they cannot be written, they wait. */
  flush(): void {
    this.#isScheduled = false;
    if (this.#journal.isFlushed || !this.#folder.isJoined) return;
    attempt(
      () => {
        this.#journal.flush();
        this.#folder.notifyAggregator();
      },
      (reason) => `group: events cannot be passed on (${reason}); they wait`,
    );
  }

  /** Writes each line at once from now on: the process ends. */
  beginEnd(): void {
    this.#isEnding = true;
    this.flush();
    this.writeFacts({ isLast: true });
  }

  close(): void {
    this.#journal.close();
  }
}
