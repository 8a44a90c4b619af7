export { LoopWatch } from "./loop-watch.ts";
export type { Block, HotFunction } from "./messages.ts";
