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

/** What is committed together: one promise serves all who wait for it. */
interface Batch<T> {
  readonly items: T[];
  characters: number;
  readonly committed: Promise<void>;
  readonly settle: (outcome: Promise<void>) => void;
}

/** Commits items in groups, one after the other. At most 16 Mi characters wait. */
export class CommitGroup<T> {
  readonly #commit: (items: readonly T[]) => Promise<void>;
  #waiting: Batch<T>[] = [];
  #underWay: readonly T[] = [];
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
   * Resolves once the item is committed. A rejection that nobody looks at is no unhandled one.
   *
   * @param characters about how much memory it takes.
   * @throws BacklogError by the promise, where too much waits already; what the commit throws.
   */
  add(item: T, characters: number): Promise<void> {
    if (this.isFull) return Promise.reject(new BacklogError());
    const batch = this.#batchWithRoom();
    batch.items.push(item);
    batch.characters += characters;
    this.#characters += characters;
    this.#writing ??= this.#writeAll();
    return batch.committed;
  }

  /** Resolves once all items so far are committed, or could not be. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /**
   * Takes the items away that are not committed yet: at the end of a process they are committed without a promise. Those
   * under way are among them, since their store may not be open yet: they may come to it twice.
   */
  takeUncommitted(): readonly T[] {
    const taken = [...this.#underWay, ...this.#waiting.flatMap(({ items }) => items)];
    this.#underWay = [];
    this.#waiting = [];
    this.#characters = 0;
    return taken;
  }

  #batchWithRoom(): Batch<T> {
    const last = this.#waiting.at(-1);
    if (last !== undefined && last.items.length < MAX_BATCH) return last;
    const batch = emptyBatch<T>();
    this.#waiting.push(batch);
    return batch;
  }

  // Begins at the end of the turn, so that what comes in one loop shares a commit.
  async #writeAll(): Promise<void> {
    await Promise.resolve();
    for (let batch = this.#waiting.shift(); batch !== undefined; batch = this.#waiting.shift()) {
      this.#characters -= batch.characters;
      this.#underWay = batch.items;
      batch.settle(this.#commit(batch.items));
      // Who waits for it is told how it went.
      await batch.committed.catch(() => {});
      this.#underWay = [];
    }
    this.#writing = undefined;
  }
}

function emptyBatch<T>(): Batch<T> {
  let settle: (outcome: Promise<void>) => void = () => {};
  const committed = new Promise<void>((resolve) => {
    settle = resolve;
  });
  committed.catch(() => {});
  return { items: [], characters: 0, committed, settle };
}
