// The file of a store.
import { migrate } from "./schema.ts";
import { type Database, openSqlite } from "./sqlite.ts";
import { inTransaction } from "./transaction.ts";

/** Opens the database of a store, and makes it where there is none. */
export function openDatabase(path: string, readOnly: boolean): Database {
  const database = openSqlite(path, readOnly);
  database.exec("PRAGMA busy_timeout = 5000");
  if (readOnly) return database;
  database.exec("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  inTransaction(database, () => migrate(database));
  return database;
}
