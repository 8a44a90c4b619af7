// Compression of screenshots: a PNG with a palette is less than half as large.
import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE_BYTES = 8;
// Length and type before the data of a chunk, and a checksum after it.
const HEAD_BYTES = 8;
const TAIL_BYTES = 4;
const COLOUR_BYTES = 3;
const MAX_COLOURS = 256;
const PALETTE_KIND = 3;

/** The same picture with a palette of its 256 most frequent colours; others become the nearest one. It must have 8-bit RGB pixels. */
export function withPalette(png) {
  const chunks = chunksOf(png);
  const header = Buffer.from(chunks.find(({ type }) => type === "IHDR").data);
  const [width, height, depth, kind] = [header.readUInt32BE(0), header.readUInt32BE(4), header[8], header[9]];
  if (depth !== 8 || kind !== 2) throw new Error(`the picture must be 8-bit RGB, got kind ${kind}`);
  const data = chunks.filter(({ type }) => type === "IDAT").map((each) => each.data);
  const pixels = unfiltered(inflateSync(Buffer.concat(data)), width * COLOUR_BYTES, height);
  const palette = paletteOf(pixels);
  // Each row begins with its filter, which is 0.
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = pixels.readUIntBE((y * width + x) * COLOUR_BYTES, COLOUR_BYTES);
      rows[y * (width + 1) + 1 + x] = palette.get(colour);
    }
  }
  header[9] = PALETTE_KIND;
  const kept = [...palette].slice(0, MAX_COLOURS);
  const colours = Buffer.alloc(kept.length * COLOUR_BYTES);
  for (const [colour, i] of kept) colours.writeUIntBE(colour, i * COLOUR_BYTES, COLOUR_BYTES);
  return Buffer.concat([
    png.subarray(0, SIGNATURE_BYTES),
    chunk("IHDR", header),
    chunk("PLTE", colours),
    chunk("IDAT", deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

// Places of all colours in the palette, those of the palette first.
function paletteOf(pixels) {
  const counts = new Map();
  for (let at = 0; at < pixels.length; at += COLOUR_BYTES) {
    const colour = pixels.readUIntBE(at, COLOUR_BYTES);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const colours = [...counts].toSorted((a, b) => b[1] - a[1]).map(([colour]) => colour);
  const kept = colours.slice(0, MAX_COLOURS);
  const nearest = (colour) =>
    kept.reduce((best, each, i) => (distance(each, colour) < distance(kept[best], colour) ? i : best), 0);
  return new Map(colours.map((colour, i) => [colour, i < MAX_COLOURS ? i : nearest(colour)]));
}

function distance(left, right) {
  return [16, 8, 0].reduce((sum, bits) => sum + (((left >> bits) & 255) - ((right >> bits) & 255)) ** 2, 0);
}

function chunksOf(png) {
  const chunks = [];
  for (let at = SIGNATURE_BYTES; at < png.length;) {
    const start = at + HEAD_BYTES;
    const end = start + png.readUInt32BE(at);
    chunks.push({ type: png.toString("latin1", at + 4, start), data: png.subarray(start, end) });
    at = end + TAIL_BYTES;
  }
  return chunks;
}

function chunk(type, data) {
  const content = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(content.length + 8);
  framed.writeUInt32BE(data.length, 0);
  content.copy(framed, 4);
  framed.writeUInt32BE(crc32(content), content.length + 4);
  return framed;
}

/**
 * Bytes of the pixels. A row is stored as differences from its neighbours.
 *
 * @see https://www.w3.org/TR/png/#9Filters
 */
function unfiltered(stored, width, height) {
  const pixels = Buffer.alloc(width * height);
  for (let y = 0; y < height; y++) {
    const filter = stored[y * (width + 1)];
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const left = x < COLOUR_BYTES ? 0 : pixels[at - COLOUR_BYTES];
      const up = y === 0 ? 0 : pixels[at - width];
      const upLeft = x < COLOUR_BYTES || y === 0 ? 0 : pixels[at - width - COLOUR_BYTES];
      // A buffer keeps the lowest eight bits.
      pixels[at] = stored[y * (width + 1) + 1 + x] + predicted(filter, left, up, upLeft);
    }
  }
  return pixels;
}

function predicted(filter, left, up, upLeft) {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4: {
      const distances = [left, up, upLeft].map((each) => Math.abs(left + up - upLeft - each));
      const [ofLeft, ofUp, ofBoth] = distances;
      if (ofLeft <= ofUp && ofLeft <= ofBoth) return left;
      return ofUp <= ofBoth ? up : upLeft;
    }
    default:
      throw new Error(`unknown filter of a row: ${filter}`);
  }
}
