// What waits for a store: gathered while the store is at work, so that many share one commit.

/** Thrown, by the promise, where too much waits for the store. */
export class BacklogError extends Error {
  override readonly name = "BacklogError";
  readonly code = "TACHYMETER_HISTORY_BACKLOG";

  constructor() {
    super("events and metrics come faster than the store takes them; record fewer, or wait for the promises");
  }
}

const MAX_WAITING_CHARACTERS = 16 * 1024 * 1024;
const MAX_BATCH = 10_000;

interface Waiting<T> {
  readonly item: T;
  readonly characters: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Commits items in groups, one after the other. At most 16 Mi characters wait. */
export class CommitGroup<T> {
  readonly #commit: (items: readonly T[]) => Promise<void>;
  #waiting: Waiting<T>[] = [];
  #characters = 0;
  #writing: Promise<void> | undefined;

  /** @param commit resolves once the items are committed, and rejects where they are not. */
  constructor(commit: (items: readonly T[]) => Promise<void>) {
    this.#commit = commit;
  }

  /** Whether what comes now is refused. */
  get isFull(): boolean {
    return this.#characters >= MAX_WAITING_CHARACTERS;
  }

  /**
   * Resolves once the item is committed.
   *
   * @param characters about how much memory it takes.
   * @throws BacklogError by the promise, where too much waits already; what the commit throws.
   */
  add(item: T, characters: number): Promise<void> {
    if (this.isFull) return Promise.reject(new BacklogError());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, characters, resolve, reject });
      this.#characters += characters;
      this.#writing ??= this.#writeAll();
    });
  }

  /** Resolves once all items so far are committed, or could not be. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** Takes the items away that wait: at the end of a process they are committed without a promise. */
  takeWaiting(): readonly T[] {
    return this.#take(this.#waiting.length).map(({ item }) => item);
  }

  // Begins at the end of the turn, so that what comes in one loop shares a commit.
  async #writeAll(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#writeBatch(this.#take(MAX_BATCH));
    this.#writing = undefined;
  }

  async #writeBatch(batch: readonly Waiting<T>[]): Promise<void> {
    try {
      await this.#commit(batch.map(({ item }) => item));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  #take(count: number): readonly Waiting<T>[] {
    const taken = this.#waiting.splice(0, count);
    for (const { characters } of taken) this.#characters -= characters;
    return taken;
  }
}
