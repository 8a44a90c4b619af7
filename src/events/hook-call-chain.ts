import { AsyncLocalStorage } from "node:async_hooks";

// Longer than any hook should take. Code that a hook started permanently, such as a connection, may record again
// afterwards.
const CHAIN_MILLIS = 10_000;
// Limits for hooks that record one or two events of a new type for each event.
const MAX_DEPTH = 32;
const MAX_NESTED = 1_000;

interface Link {
  readonly key: string;
  readonly depth: number;
  readonly outer: Link | undefined;
  readonly sinceMillis: number;
  /** Number of events recorded while the outermost one is handled. */
  readonly nested: { count: number };
}

/** Detects hooks that record an event of the type and source that they handle, for ten seconds, also after an `await`. */
export class HookCallChain {
  readonly #storage = new AsyncLocalStorage<Link>();

  /** Whether such an event is being handled, or the chain of events is too long. */
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

  #live(): Link | undefined {
    const link = this.#storage.getStore();
    return link !== undefined && performance.now() - link.sinceMillis < CHAIN_MILLIS ? link : undefined;
  }
}

function keyOf(type: string, source: string): string {
  return `${type}\0${source}`;
}
