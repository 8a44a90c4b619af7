// The page itself, its code and its styles.
import { brotliDecompress } from "node:zlib";
import { promisify } from "node:util";
import { pageAssets, UNAUTHORIZED_PAGE } from "../assets.ts";
import { type PageAnswer, pageAnswer, type PageRequest, textAnswer } from "./page-answer.ts";

const UNCHANGING = { "cache-control": "public, max-age=31536000, immutable" };
const decompressed = promisify(brotliDecompress);

/** Serves the files that the build has made. They are decoded with the first request. */
export class AssetAnswers {
  #assets: ReturnType<typeof pageAssets> | undefined;

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
    if (/(?:^|[\s,])br\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(header("accept-encoding") ?? ""))
      return pageAnswer(200, brotli, { ...headers, "content-encoding": "br" });
    return pageAnswer(200, await decompressed(brotli), headers);
  }

  /** The response to a client that is not authenticated. */
  async unauthorized(request: Pick<PageRequest, "header">): Promise<PageAnswer> {
    const answer = await this.answer(UNAUTHORIZED_PAGE, request);
    if (answer === undefined)
      return textAnswer(401, "open the link of telemetry.pageUrl, or send the token of the endpoint");
    return { ...answer, status: 401 };
  }
}
