/** An image that is written as a whole each time, such as one that replaces a file. */
import type { Collection } from "../../engine/collection/collection.ts";
import { ImageWriter } from "./image-writer.ts";

// Smaller logs are not worth it.
const MIN_BYTES = 65_536;

export class WholeImage {
  #image: ImageWriter | undefined;
  #firstBytes = 0;

  /** Returns the image of a collection. The log begins again once most of it is about series that are gone. */
  of(collection: Collection): ImageWriter {
    const grown = this.#image;
    grown?.take([collection]);
    if (grown !== undefined && grown.logBytes <= 2 * Math.max(MIN_BYTES, this.#firstBytes)) return grown;
    const image = new ImageWriter({ isShared: false });
    image.take([collection]);
    this.#image = image;
    this.#firstBytes = image.logBytes;
    return image;
  }
}
