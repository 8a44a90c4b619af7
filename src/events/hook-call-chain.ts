// Detects hooks that record an event of the kind they handle, also after an `await`.
import { AsyncLocalStorage } from "node:async_hooks";

// Longer than any hook should take. What a hook has started for good, such as a connection, is free of it afterwards.
const CHAIN_MILLIS = 10_000;
// Hooks that record a new type for each event they hear end here, also those that record two for each.
const MAX_DEPTH = 32;
const MAX_NESTED = 1_000;

interface Link {
  readonly key: string;
  readonly depth: number;
  readonly outer: Link | undefined;
  readonly sinceMillis: number;
  /** Of the outermost event: how many were recorded while it was handled. */
  readonly nested: { count: number };
}

/** Follows the calls of hooks by `AsyncLocalStorage`, for ten seconds from each event. */
export class HookCallChain {
  readonly #storage = new AsyncLocalStorage<Link>();

  /**
   * Whether an event of this type and source would be recorded while one such is handled, or in a chain that has grown
   * too long.
   */
  isLoop(type: string, source: string): boolean {
    const innermost = this.#live();
    if (innermost === undefined) return false;
    if (innermost.depth >= MAX_DEPTH || ++innermost.nested.count > MAX_NESTED) return true;
    const key = keyOf(type, source);
    for (let link: Link | undefined = innermost; link !== undefined; link = link.outer) {
      if (link.key === key) return true;
    }
    return false;
  }

  /** Has `handle` run as the handling of an event of this type and source. */
  handle(type: string, source: string, handle: () => void): void {
    const outer = this.#live();
    const link: Link = {
      key: keyOf(type, source),
      depth: (outer?.depth ?? 0) + 1,
      outer,
      sinceMillis: performance.now(),
      nested: outer?.nested ?? { count: 0 },
    };
    this.#storage.run(link, handle);
  }

  // The links around are older, but what they started is this one's cause.
  #live(): Link | undefined {
    const link = this.#storage.getStore();
    return link !== undefined && performance.now() - link.sinceMillis < CHAIN_MILLIS ? link : undefined;
  }
}

function keyOf(type: string, source: string): string {
  return `${type}\0${source}`;
}
