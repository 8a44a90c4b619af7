import type { Collection } from "../../../engine/collection/collection.ts";
import type { CollectionEncoder, EncodedRequest } from "../../delivery/encoder.ts";
import { seriesCount } from "../../collection-exporter.ts";
import type { Exposition, ScrapeBody } from "../exposition.ts";
import { Renderer } from "../rendering.ts";

// The format that every Pushgateway accepts. It refuses samples with a time.
const TEXT: Exposition = { format: "text-0.0.4", escaping: "underscores" };

/**
 * Encodes collections in Prometheus' text format, each as one request. The request without data points deletes the
 * group.
 */
export class PushgatewayEncoder implements CollectionEncoder {
  readonly #renderer: Renderer;
  readonly #deletesAtEnd: boolean;
  #hasPushed = false;

  /** @param groupLabels names of labels that the Pushgateway sets; an attribute of such a name is renamed. */
  constructor(deletesAtEnd: boolean, groupLabels: readonly string[]) {
    this.#renderer = new Renderer({ reservedLabels: groupLabels });
    this.#deletesAtEnd = deletesAtEnd;
  }

  async encode(collection: Collection): Promise<readonly EncodedRequest[]> {
    return this.#requests(await this.#renderer.render(collection, TEXT), collection);
  }

  encodeSync(collection: Collection): readonly EncodedRequest[] {
    return this.#requests(this.#renderer.renderNow(collection, TEXT), collection);
  }

  endSync(): readonly EncodedRequest[] {
    if (!this.#deletesAtEnd || !this.#hasPushed) return [];
    this.#hasPushed = false;
    return [{ body: new Uint8Array(), points: 0 }];
  }

  #requests(rendered: ScrapeBody, collection: Collection): readonly EncodedRequest[] {
    const body = Buffer.concat(rendered.chunks, rendered.byteLength);
    rendered.release();
    if (body.length === 0) return [];
    this.#hasPushed = true;
    // The resource alone has no data points.
    return [{ body, points: Math.max(1, seriesCount(collection)) }];
  }
}
