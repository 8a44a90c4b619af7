// The page itself, its code and its styles.
import { brotliDecompress, gzip } from "node:zlib";
import { promisify } from "node:util";
import { pageAssets, UNAUTHORIZED_PAGE } from "../assets.ts";
import { type PageAnswer, pageAnswer, type PageRequest, textAnswer } from "./page-answer.ts";

const UNCHANGING = { "cache-control": "public, max-age=31536000, immutable" };
const decompressed = promisify(brotliDecompress);
const compressed = promisify(gzip);

/** Serves the files that the build has made. They are decoded with the first request. */
export class AssetAnswers {
  #assets: ReturnType<typeof pageAssets> | undefined;
  // Made with the first request: over plain HTTP, browsers accept brotli from this machine only.
  readonly #gzips = new Map<string, Promise<Buffer>>();

  /** The file of a path; `undefined` if it is not found. */
  async answer(path: string, { header }: Pick<PageRequest, "header">): Promise<PageAnswer | undefined> {
    const asset = (this.#assets ??= pageAssets()).get(path);
    if (asset === undefined) return undefined;
    const { type, etag, brotli } = asset;
    const headers = {
      "content-type": type,
      etag,
      vary: "accept-encoding",
      // Those with a hash in their name never change. The page must name the current ones.
      ...(path !== "/" && path !== UNAUTHORIZED_PAGE && UNCHANGING),
    };
    if (header("if-none-match") === etag) return textAnswer(304, "", headers);
    const accepted = header("accept-encoding") ?? "";
    if (accepts(accepted, "br")) return pageAnswer(200, brotli, { ...headers, "content-encoding": "br" });
    if (!accepts(accepted, "gzip")) return pageAnswer(200, await decompressed(brotli), headers);
    let made = this.#gzips.get(path);
    if (made === undefined)
      this.#gzips.set(path, (made = decompressed(brotli).then((text) => compressed(text))));
    return pageAnswer(200, await made, { ...headers, "content-encoding": "gzip" });
  }

  /** The response to a client that is not authenticated. */
  async unauthorized(request: Pick<PageRequest, "header">): Promise<PageAnswer> {
    const answer = await this.answer(UNAUTHORIZED_PAGE, request);
    if (answer === undefined)
      return textAnswer(401, "open the link of telemetry.pageUrl, or send the token of the endpoint");
    return { ...answer, status: 401 };
  }
}

function accepts(accepted: string, encoding: string): boolean {
  return new RegExp(`(?:^|[\\s,])${encoding}\\b(?!\\s*;\\s*q=0(?:\\.0*)?\\s*(?:,|$))`, "i").test(accepted);
}
