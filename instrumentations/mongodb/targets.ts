// The servers, databases and collections that commands go to.
import type { DatabaseTarget } from "../shared/index.ts";

// Applications with a collection for each tenant have many.
const MAX_TARGETS = 1_000;

/** Keeps one target for each server, database and collection. */
export class Targets {
  readonly #known = new Map<unknown, Map<unknown, Map<unknown, DatabaseTarget>>>();
  #size = 0;

  /** The target of a command, which goes to `address`: `127.0.0.1:27017`. */
  of(address: unknown, database: unknown, collection: string | undefined): DatabaseTarget {
    return (
      this.#known.get(address)?.get(database)?.get(collection) ?? this.#add(address, database, collection)
    );
  }

  #add(address: unknown, database: unknown, collection: string | undefined): DatabaseTarget {
    const target = {
      ...serverOf(address),
      namespace: typeof database === "string" ? database : "",
      collection,
    };
    if (this.#size >= MAX_TARGETS) return target;
    this.#size++;
    const byDatabase = this.#known.get(address) ?? new Map<unknown, Map<unknown, DatabaseTarget>>();
    const byCollection = byDatabase.get(database) ?? new Map<unknown, DatabaseTarget>();
    this.#known.set(address, byDatabase.set(database, byCollection.set(collection, target)));
    return target;
  }
}

// An address of version 6 is in brackets. By a socket's file, the driver has a random text there.
function serverOf(address: unknown): Pick<DatabaseTarget, "address" | "port"> {
  const [, host = "", port] = /^\[?(.+?)\]?:(\d+)$/.exec(String(address)) ?? [];
  return { address: host, port: host === "" ? 0 : Number(port) };
}
