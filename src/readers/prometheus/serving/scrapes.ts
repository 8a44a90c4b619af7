// Scrapes of one exporter: collected and rendered one after the other, shared by equal requests.
import { settledOrAborted } from "../../../io/yield.ts";
import type { Collection } from "../../../engine/collection/collection.ts";
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../../diagnostics/rate-limit.ts";
import type { ResourceMetrics } from "../../../engine/index.ts";
import { realSetTimeout } from "../../../io/timeout.ts";
import type { Collecting } from "../../collecting.ts";
import type { Exposition, RenderingSettings, ScrapeBody } from "../exposition.ts";
import type { Renderer } from "../rendering.ts";
import { gzipBody } from "./gzip-body.ts";

/** The properties of one scrape. */
export interface Scrape {
  readonly exposition: Exposition;
  /** Names of the metrics to include; all by default. */
  readonly names: ReadonlySet<string> | undefined;
  readonly gzip: boolean;
  /** Time that the client waits, from now on. */
  readonly timeoutMillis: number;
}

// Share of a scrape's remaining time for callbacks: the rest is for rendering and sending.
const SHARE_OF_CALLBACKS = 0.6;
// With the time of callbacks, this stays below the scraper's time-out: at most a third of the callbacks' time.
const DETECTION_TIMEOUT_MILLIS = 2_000;
const SHARE_OF_DETECTION = 1 / 3;

/** Creates the bodies of scrapes. */
export class Scrapes {
  readonly #collecting: Collecting;
  readonly #rendering: RenderingSettings;
  // Its code is loaded by the first scrape.
  #renderer: Renderer | undefined;
  // Bodies in progress, by key, so that equal concurrent requests share one.
  readonly #beingMade = new Map<string, Sharing>();

  constructor(collecting: Collecting, rendering: RenderingSettings) {
    this.#collecting = collecting;
    this.#rendering = rendering;
  }

  /**
   * Returns the bytes of a scrape: those in progress for an equal one, or those of a new collection. Rejects if
   * collecting fails, and with the signal's reason if it aborts first.
   */
  take(scrape: Scrape, signal: AbortSignal): Promise<ScrapeBody> {
    const key = keyOf(scrape);
    if (!scrape.gzip) return this.#plain(key, scrape, signal);
    return this.#shared(`gzip ${key}`, (making) => this.#compressed(key, scrape, making), signal);
  }

  #plain(key: string, scrape: Scrape, signal: AbortSignal): Promise<ScrapeBody> {
    return this.#shared(key, (making) => this.#render(scrape, making), signal);
  }

  // Returns the body for `key`: the one in progress, or a new one. It is released once all requests that share it have
  // released it. Rejects with the signal's reason if it aborts first; if no request is left, the work is aborted.
  #shared(key: string, make: MakeBody, signal: AbortSignal): Promise<ScrapeBody> {
    let sharing = this.#beingMade.get(key);
    if (sharing === undefined) {
      const made = new Sharing(make, () => {
        if (this.#beingMade.get(key) === made) this.#beingMade.delete(key);
      });
      this.#beingMade.set(key, made);
      sharing = made;
    }
    return sharing.take(signal);
  }

  // A collection is valid until the reader's next one, so it is rendered in the same turn.
  #render({ exposition, names, timeoutMillis }: Scrape, signal: AbortSignal): Promise<ScrapeBody> {
    const end = performance.now() + timeoutMillis;
    return this.#collecting.exclusively(async () => {
      this.#renderer ??= new (await import("../rendering.ts")).Renderer(this.#rendering);
      signal.throwIfAborted();
      const leftMillis = Math.max(1, end - performance.now());
      const collection = await this.#collect(Math.ceil(leftMillis * SHARE_OF_CALLBACKS));
      return this.#renderer.render(collection, exposition, { names, signal });
    });
  }

  async #collect(timeoutMillis: number): Promise<Collection> {
    const collection = await this.#collecting.series({ timeoutMillis });
    for (const error of collection.errors) {
      const message = errorMessage(error);
      // Messages often contain a port or a count, which differs at each scrape.
      warnOnceAMinute(
        `prometheus exporter: a part of a collection failed with ${message}; the rest was served`,
        `prometheus ${message.replaceAll(/\d+/g, "0")}`,
      );
    }
    await settled(
      collection.resource,
      Math.min(DETECTION_TIMEOUT_MILLIS, timeoutMillis * SHARE_OF_DETECTION),
    );
    return collection;
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

/** Creates a body; the signal aborts once no request waits for it. */
type MakeBody = (signal: AbortSignal) => Promise<ScrapeBody>;

// A body in progress or in use, for one or several requests.
class Sharing {
  readonly #making = new AbortController();
  readonly #body: Promise<ScrapeBody>;
  #holders = 0;

  constructor(make: MakeBody, onEnd: () => void) {
    this.#making.signal.addEventListener("abort", onEnd, { once: true });
    this.#body = make(this.#making.signal);
    this.#body.then(onEnd, onEnd);
  }

  async take(signal: AbortSignal): Promise<ScrapeBody> {
    this.#holders++;
    let held = true;
    const release = (): void => {
      if (held) this.#leave();
      held = false;
    };
    try {
      const { chunks, byteLength } = await settledOrAborted(this.#body, signal);
      return { chunks, byteLength, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #leave(): void {
    this.#holders--;
    if (this.#holders > 0) return;
    this.#making.abort();
    this.#body.then(
      (body) => body.release(),
      () => {},
    );
  }
}

// Otherwise the attributes of detectors that are still running would be missing in `target_info`.
async function settled(resource: ResourceMetrics["resource"], timeoutMillis: number): Promise<void> {
  if (resource.asyncAttributesPending !== true) return;
  const timeout = new Promise<void>((resolve) => void realSetTimeout(resolve, timeoutMillis).unref());
  await Promise.race([resource.waitForAsyncAttributes?.(), timeout]);
}
