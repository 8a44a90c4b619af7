// One exporter's scrapes: collected and rendered one after the other, shared by those who want the same.
import type { Collection } from "../../../engine/collection/collection.ts";
import { gzipBody } from "./gzip-body.ts";
import type { Exposition, Renderer, ScrapeBody } from "../rendering.ts";
import { SharedBodies } from "./shared-bodies.ts";

/** What one scraper wants. */
export interface Scrape {
  readonly exposition: Exposition;
  /** Only these metrics; all where it is `undefined`. */
  readonly names: ReadonlySet<string> | undefined;
  readonly gzip: boolean;
  /** How long the scraper waits, from now on. */
  readonly timeoutMillis: number;
}

// Of the time that is left when it is a scrape's turn: the rest is for rendering, sending and the way there and back.
const SHARE_OF_CALLBACKS = 0.6;

/** Has something done while nobody else collects for the same reader. */
export type TakeTurn = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Makes the bodies of scrapes. */
export class Scrapes {
  readonly #renderer: Renderer;
  readonly #collect: (timeoutMillis: number) => Promise<Collection>;
  readonly #takeTurn: TakeTurn;
  readonly #bodies = new SharedBodies();

  constructor(
    renderer: Renderer,
    collect: (timeoutMillis: number) => Promise<Collection>,
    takeTurn: TakeTurn,
  ) {
    this.#renderer = renderer;
    this.#collect = collect;
    this.#takeTurn = takeTurn;
  }

  /**
   * The bytes of a scrape: those that are being made for an equal one, or those of a collection that begins once it is
   * its turn. Rejects as collecting does, and with the signal's reason where that aborts first.
   */
  take(scrape: Scrape, signal: AbortSignal): Promise<ScrapeBody> {
    const key = keyOf(scrape);
    if (!scrape.gzip) return this.#plain(key, scrape, signal);
    return this.#bodies.take(`gzip ${key}`, (making) => this.#compressed(key, scrape, making), signal);
  }

  #plain(key: string, scrape: Scrape, signal: AbortSignal): Promise<ScrapeBody> {
    return this.#bodies.take(key, (making) => this.#render(scrape, making), signal);
  }

  // A collection holds until the reader's next one: it is rendered in the same turn.
  #render({ exposition, names, timeoutMillis }: Scrape, signal: AbortSignal): Promise<ScrapeBody> {
    const end = performance.now() + timeoutMillis;
    return this.#takeTurn(async () => {
      signal.throwIfAborted();
      const leftMillis = Math.max(1, end - performance.now());
      const collection = await this.#collect(Math.ceil(leftMillis * SHARE_OF_CALLBACKS));
      return this.#renderer.render(collection, exposition, { names, signal });
    });
  }

  async #compressed(key: string, scrape: Scrape, signal: AbortSignal): Promise<ScrapeBody> {
    const plain = await this.#plain(key, scrape, signal);
    try {
      return await gzipBody(plain, signal);
    } finally {
      plain.release();
    }
  }
}

function keyOf({ exposition, names }: Scrape): string {
  const all = names === undefined ? "" : JSON.stringify([...names].toSorted());
  return `${exposition.format} ${exposition.escaping} ${all}`;
}
