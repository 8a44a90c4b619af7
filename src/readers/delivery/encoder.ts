// Encoders of queued exporters.
import type { Collection } from "../../engine/collection/collection.ts";

/** One request to a backend. */
export interface EncodedRequest {
  /** The bytes of the request; the caller may keep them. */
  readonly body: Uint8Array;
  readonly points: number;
}

/** Encodes collections as requests. A collection without series results in no request. */
export interface CollectionEncoder {
  /** Encodes in slices. */
  encode(collection: Collection): Promise<readonly EncodedRequest[]>;
  /** Encodes synchronously, for the end of a process. Another collection may be encoded at the same time. */
  encodeSync(collection: Collection): readonly EncodedRequest[];
  /** Returns the requests for the end of the process, if there are any. A further collection may follow. */
  endSync?(): readonly EncodedRequest[];
}
