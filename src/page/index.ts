/** The live page, loaded with option `page`. */
export { LivePage, type LivePageParts } from "./live-page.ts";
