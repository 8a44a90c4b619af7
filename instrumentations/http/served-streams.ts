// Requests served by the application over HTTP/2.
import type { Http2Stream } from "node:http2";
import { makeRoom } from "../../src/io/process-events.ts";
import { nanosSince, nowMillis } from "../shared/clock.ts";
import { ServedStream, statusOf, StreamAnswer } from "./http2.ts";
import { findStreamsIn, type Routing, streamRouting } from "./routes.ts";
import type { Kind, ServedFigures } from "./served-figures.ts";

// Versions are numbers: 10 is HTTP/1.0.
const HTTP_2 = 20;

/** A request that has not ended. */
export interface ActiveStream {
  readonly kind: Kind;
  readonly request: ServedStream;
  readonly routing: Routing;
  readonly startMillis: number;
}

/** Follows the requests of streams, from their headers until the stream closes. */
export class ServedStreams {
  readonly #figures: ServedFigures;
  readonly #failed: (error: unknown) => void;
  readonly #active = new Map<Http2Stream, ActiveStream>();
  readonly #endSearch = findStreamsIn(this.#active);

  /** @param failed called with errors thrown while recording. */
  constructor(figures: ServedFigures, failed: (error: unknown) => void) {
    this.#figures = figures;
    this.#failed = failed;
  }

  begun(stream: Http2Stream, headers: object): void {
    // The application may pass a stream on to another server.
    if (this.#active.has(stream)) return;
    const request = new ServedStream(stream, headers);
    const kind = this.#figures.kindOf(request, request.session?.encrypted === true, HTTP_2);
    if (kind === undefined) return;
    const routing = streamRouting(request, stream);
    this.#add({ kind, request, routing, startMillis: nowMillis() });
  }

  #add(active: ActiveStream): void {
    const { stream } = active.request;
    this.#active.set(stream, active);
    makeRoom(stream);
    stream.on("close", () => {
      try {
        this.#closed(active);
      } catch (error) {
        this.#failed(error);
      }
    });
  }

  #closed(active: ActiveStream): void {
    const { kind, request, routing, startMillis } = active;
    const { stream, failure } = request;
    if (!this.#active.delete(stream)) return;
    const answer = new StreamAnswer(stream);
    this.#figures.ended(kind, routing, failure, statusOf(stream), nanosSince(startMillis), answer);
  }

  /** Continues with the active requests of another one. */
  adopt(others: readonly ActiveStream[]): void {
    for (const other of others)
      if (!other.request.stream.destroyed) this.#add({ ...other, kind: this.#figures.sameKind(other.kind) });
  }

  /** Forgets the active requests, whose ends are not seen any more, and returns them. */
  forget(): readonly ActiveStream[] {
    this.#endLost();
    this.#endSearch();
    const active = [...this.#active.values()];
    this.#active.clear();
    return active;
  }

  /** The kinds of the active requests. */
  active(): readonly Kind[] {
    this.#endLost();
    return Array.from(this.#active.values(), ({ kind }) => kind);
  }

  // The application may have removed the listeners of a stream, or they are not called yet.
  #endLost(): void {
    for (const [stream, active] of this.#active) if (stream.destroyed) this.#closed(active);
  }
}
