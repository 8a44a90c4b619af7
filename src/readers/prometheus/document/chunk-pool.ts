// The memory that bodies are written to, used again and again.

/** Some memory, seen as bytes and as what words are written to at any place. */
export interface Chunk {
  readonly bytes: Buffer<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
}

const CHUNK_BYTES = 64 * 1024;

/** Gives chunks and takes them back. Between bodies it keeps as many as the last one needed. */
export class ChunkPool {
  readonly #free: Chunk[] = [];

  /** A chunk of 64 KiB, or of `leastBytes` where that is more; what is in it is anything. */
  take(leastBytes: number): Chunk {
    if (leastBytes > CHUNK_BYTES) return chunkOf(leastBytes);
    return this.#free.pop() ?? chunkOf(CHUNK_BYTES);
  }

  /** Takes chunks back. */
  give(chunks: readonly Chunk[]): void {
    for (const chunk of chunks) if (chunk.bytes.length === CHUNK_BYTES) this.#free.push(chunk);
  }

  /** Lets go of all free chunks but `count`. */
  keep(count: number): void {
    if (this.#free.length > count) this.#free.length = count;
  }
}

function chunkOf(length: number): Chunk {
  // Not filled with zeros, which would take longer than to write a chunk.
  const bytes = Buffer.allocUnsafeSlow(length);
  return { bytes, view: new DataView(bytes.buffer) };
}
