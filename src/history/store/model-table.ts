// Table of learned models: a name and a document each.
import type { Database } from "./sqlite.ts";
import type { StoredModel } from "./stored.ts";

interface ModelRow {
  readonly name: string;
  readonly document: string;
}

/** Further models replace the ones that were stored first. */
export const MAX_MODELS = 1_000;
// Larger documents are not stored.
const MAX_CHARACTERS = 256 * 1_024;

/**
 * Reads and writes models. The table is created with the first model, since programs of this schema version may not know
 * it.
 */
export class ModelTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** All models, in the order in which they were stored. Rows that are not texts are left out. */
  all(): readonly StoredModel[] {
    if (!this.#exists()) return [];
    return this.#database
      .prepare<ModelRow>(
        "SELECT name, document FROM models WHERE typeof(name) = 'text' AND typeof(document) = 'text' ORDER BY id",
      )
      .all()
      .map(({ name, document }) => ({ name, document }));
  }

  /** Replaces the model of the name; removes it if there is no document. Requires a transaction. */
  put(name: string, document: string | undefined): void {
    if (document !== undefined && document.length > MAX_CHARACTERS)
      throw new RangeError(`model "${name}" has ${document.length} characters, more than ${MAX_CHARACTERS}`);
    if (!this.#exists()) {
      if (document === undefined) return;
      this.#database.exec(
        "CREATE TABLE models (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, document TEXT NOT NULL)",
      );
    }
    this.#database.prepare("DELETE FROM models WHERE name = ?").run(name);
    if (document === undefined) return;
    this.#database.prepare("INSERT INTO models (name, document) VALUES (?, ?)").run(name, document);
    this.#database
      .prepare(
        `DELETE FROM models WHERE id <= (SELECT id FROM models ORDER BY id DESC LIMIT 1 OFFSET ${MAX_MODELS})`,
      )
      .run();
  }

  #exists(): boolean {
    return (
      this.#database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'models'").get() !==
      undefined
    );
  }
}
