// Files that the browser loads: the page, its code and its styles. The build inserts them here as text, because separate
// files would be missing from an application's bundle; `test/page-assets.js` builds them.

/** A file for the browser. */
export interface PageAsset {
  /** Media type. */
  readonly type: string;
  /** The value of the header `ETag`. */
  readonly etag: string;
  /** Content, compressed by brotli. */
  readonly brotli: Uint8Array;
}

/** Path of the page that is sent with status 401. It explains how to open the page. */
export const UNAUTHORIZED_PAGE = "/page/unauthorized.html";

type Built = Readonly<
  Record<string, { readonly type: string; readonly etag: string; readonly base64: string }>
>;

const BUILT: Built = {};

/**
 * The files by their path: `/` is the page, {@link UNAUTHORIZED_PAGE} the page for clients that are not authenticated.
 * All others begin with `/page/` and have a hash of their content in their name, so they never change. Styles contain
 * no data and are needed by both pages.
 *
 * Decodes all files: called once. Empty in modules that were compiled without the build.
 */
export function pageAssets(): ReadonlyMap<string, PageAsset> {
  return new Map(
    Object.entries(BUILT).map(([path, { type, etag, base64 }]) => [
      path,
      { type, etag, brotli: Buffer.from(base64, "base64") },
    ]),
  );
}
