/** The totals that a delta reader of the last aggregator has exported. */
import type { StreamOrigin } from "../../engine/streams/members.ts";
import type { KeptAggregation } from "../../engine/streams/stream-store.ts";
import { streamKey } from "../memory/frames.ts";
import type { ImageReader, MemberStream } from "../memory/image-reader.ts";

export class ExportedFigures {
  readonly streams: readonly MemberStream[];
  readonly #byKey: ReadonlyMap<string, MemberStream>;

  /** @throws FrameError if the figures are damaged. */
  constructor(image: ImageReader) {
    for (const _ of image.readLog());
    this.streams = image.streams;
    this.#byKey = new Map(
      image.streams.map((stream) => [streamKey(stream.identity, stream.identity.aggregation), stream]),
    );
  }

  streamOf(origin: StreamOrigin, aggregation: KeptAggregation): MemberStream | undefined {
    return this.#byKey.get(streamKey(origin, aggregation));
  }
}
