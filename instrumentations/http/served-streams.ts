// Requests served by the application over HTTP/2.
import type { Http2Stream } from "node:http2";
import { makeRoom } from "../../src/io/process-events.ts";
import { nanosSince, nowMillis } from "../shared/clock.ts";
import { outliving } from "../shared/outliving.ts";
import type { Recording } from "../shared/recording.ts";
import { ServedStream } from "./http2.ts";
import { activeStreams, type Routing, streamRouting } from "./routes.ts";
import type { Kind, ServedFigures } from "./served-figures.ts";

// Versions are numbers: 10 is HTTP/1.0.
const HTTP_2 = 20;

/** A request that has not ended. */
interface ActiveStream {
  readonly request: ServedStream;
  readonly routing: Routing;
  readonly startMillis: number;
  kind: Kind;
  /** `undefined` while nothing is recorded. */
  owner: ServedStreams | undefined;
}

const activeOf = outliving(() => {
  const active = new Map<Http2Stream, ActiveStream>();
  activeStreams.add(active);
  return active;
});

/** Follows the requests of streams, from their headers until the stream closes, also those of an earlier recording. */
export class ServedStreams {
  readonly #recording: Recording<unknown>;
  readonly #figures: ServedFigures;
  readonly #active: Map<Http2Stream, ActiveStream>;

  constructor(recording: Recording<unknown>, figures: ServedFigures) {
    this.#recording = recording;
    this.#figures = figures;
    this.#active = activeOf(recording);
    for (const active of this.#active.values()) {
      active.kind = figures.sameKind(active.kind);
      active.owner = this;
    }
    recording.onEnd(() => {
      for (const active of this.#active.values()) active.owner = undefined;
    });
  }

  begun(stream: Http2Stream, headers: object): void {
    // The application may pass a stream on to another server.
    if (this.#active.has(stream)) return;
    const request = new ServedStream(stream, headers);
    const kind = this.#figures.kindOf(request, request.session?.encrypted === true, HTTP_2);
    if (kind === undefined) return;
    const routing = streamRouting(request, stream);
    const active: ActiveStream = { request, routing, startMillis: nowMillis(), kind, owner: this };
    this.#active.set(stream, active);
    makeRoom(stream);
    stream.on("close", () => this.#closed(stream));
  }

  #closed(stream: Http2Stream): void {
    const active = this.#active.get(stream);
    this.#active.delete(stream);
    active?.owner?.ended(active);
  }

  /** Records a request whose stream has closed. */
  ended({ kind, request, routing, startMillis }: ActiveStream): void {
    try {
      const { answer, failure } = request;
      this.#figures.ended(kind, routing, failure, answer.statusCode, nanosSince(startMillis), answer);
    } catch (error) {
      this.#recording.failed(error);
    }
  }

  /** The kinds of the active requests. */
  active(): readonly Kind[] {
    // The application may have removed the listeners of a stream, or they are not called yet.
    for (const stream of this.#active.keys()) if (stream.destroyed) this.#closed(stream);
    return Array.from(this.#active.values(), ({ kind }) => kind);
  }
}
