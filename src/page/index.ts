/** The live page, loaded with option `page`. */
export { LivePage, type LivePageParts } from "./live-page.ts";
export type { McpQuestion } from "./serving/mcp-answers.ts";
