import { isBusy, isDamage, isRefusedByDisk } from "./sqlite.ts";

// Limit of counted rows; further ones are left out without being counted.
const MAX_COUNTED = 100_000;

/** A row turned out to be unreadable while it was decoded, so the operation must be repeated. */
export class UnreadableRowError extends Error {
  override readonly name = "UnreadableRowError";
}

/** Counts rows that are left out because their content is invalid. */
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

  /** Number of distinct rows. */
  get count(): number {
    return this.#rows.size;
  }

  /**
   * Whether rows must be decoded immediately, because an earlier one was found to be unreadable only after it was
   * returned.
   */
  get isSuspected(): boolean {
    return this.#isSuspected;
  }

  add(table: string, id: unknown): void {
    if (this.#rows.size < MAX_COUNTED) this.#rows.add(`${table} ${String(id)}`);
    if (this.#tables.has(table)) return;
    this.#tables.add(table);
    this.#warn(
      `"${this.#path}": rows of table ${table} cannot be read and are left out; restore a backup or start a new store`,
    );
  }

  /** Reads a row; `undefined` if it cannot be read. Errors of the database itself are thrown. */
  read<Result>(table: string, id: unknown, read: () => Result): Result | undefined {
    try {
      return read();
    } catch (error) {
      if (isOfDatabase(error)) throw error;
      this.add(table, id);
      return undefined;
    }
  }

  /** Decodes a part later. @throws UnreadableRowError, after which rows are decoded immediately */
  decoded<Result>(decode: () => Result): Result {
    try {
      return decode();
    } catch (cause) {
      if (isOfDatabase(cause)) throw cause;
      this.#isSuspected = true;
      throw new UnreadableRowError(
        `"${this.#path}": a row cannot be read; restore a backup or start a new store`,
        { cause },
      );
    }
  }
}

function isOfDatabase(error: unknown): boolean {
  return isDamage(error) || isBusy(error) || isRefusedByDisk(error);
}
