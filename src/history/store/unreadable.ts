import { isBusy, isDamage, isRefusedByDisk } from "./sqlite.ts";

// Beyond it further rows are left out without being counted.
const MAX_COUNTED = 100_000;

/** A row turned out to be unreadable while it was decoded: everything must be read again. */
export class UnreadableRowError extends Error {
  override readonly name = "UnreadableRowError";
}

/** Counts the rows that are left out because their content is not what a store writes. */
export class Unreadable {
  readonly #path: string;
  readonly #warn: (message: string) => void;
  readonly #rows = new Set<string>();
  readonly #tables = new Set<string>();
  #isSuspected = false;

  constructor(path: string, warn: (message: string) => void) {
    this.#path = path;
    this.#warn = warn;
  }

  /** Each row counts once. */
  get count(): number {
    return this.#rows.size;
  }

  /** Whether rows must be decoded at once, since one was unreadable after it was handed out. */
  get isSuspected(): boolean {
    return this.#isSuspected;
  }

  add(table: string, id: unknown): void {
    if (this.#rows.size < MAX_COUNTED) this.#rows.add(`${table} ${String(id)}`);
    if (this.#tables.has(table)) return;
    this.#tables.add(table);
    this.#warn(
      `"${this.#path}": rows of its table ${table} cannot be read and are left out; restore a copy of the store, or begin a new one`,
    );
  }

  /** `undefined` if the row cannot be read. Errors of the database itself are thrown. */
  read<Result>(table: string, id: unknown, read: () => Result): Result | undefined {
    try {
      return read();
    } catch (error) {
      if (isOfDatabase(error)) throw error;
      this.add(table, id);
      return undefined;
    }
  }

  /** For parts decoded later. @throws UnreadableRowError; from then on rows are decoded at once. */
  decoded<Result>(decode: () => Result): Result {
    try {
      return decode();
    } catch (cause) {
      if (isOfDatabase(cause)) throw cause;
      this.#isSuspected = true;
      throw new UnreadableRowError(
        `"${this.#path}": a row cannot be read; restore a copy of the store, or begin a new one`,
        { cause },
      );
    }
  }
}

function isOfDatabase(error: unknown): boolean {
  return isDamage(error) || isBusy(error) || isRefusedByDisk(error);
}
