import { brotliDecompressSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { pageAssets, UNAUTHORIZED_PAGE } from "../../src/page/assets.ts";

const text = (path: string): string =>
  brotliDecompressSync(pageAssets().get(path)?.brotli ?? new Uint8Array()).toString();

test("the page and its notice refer to files that exist, by names with a hash", () => {
  const paths = new Set(pageAssets().keys());
  for (const page of ["/", UNAUTHORIZED_PAGE]) {
    const referred = [...text(page).matchAll(/(?:href|src)="(page\/[^"]+)"/g)].map(([, path]) => `/${path}`);
    expect(referred).not.toEqual([]);
    for (const path of referred) {
      expect(paths).toContain(path);
      expect(path).toMatch(/-[\w-]{8}\.(?:css|js)$/);
    }
  }
});

test("no file has a script or a style within the page, or an address of another server", () => {
  for (const page of ["/", UNAUTHORIZED_PAGE]) {
    expect(text(page)).not.toMatch(/<style|style=|<script[^>]*>[^<]|\son\w+=/);
    expect(text(page).replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:/);
  }
});

test("the first load takes at most 60 KB by brotli, 75 KB by gzip, and 6 requests", () => {
  const first = [...pageAssets()].filter(([path]) => /^\/(?:$|page\/(?:app|style)-)/.test(path));
  // One more for the stream.
  expect(first.length + 1).toBeLessThanOrEqual(6);
  const sizeOf = (size: (path: string, brotli: Uint8Array) => number): number =>
    first.reduce((sum, [path, { brotli }]) => sum + size(path, brotli), 0);
  expect(sizeOf((_, brotli) => brotli.length)).toBeLessThanOrEqual(60_000);
  expect(sizeOf((path) => gzipSync(text(path)).length)).toBeLessThanOrEqual(75_000);
});
