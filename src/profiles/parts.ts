export { LoopWatch } from "./loop-watch.ts";
export type { Allocation, Asked, Block, HotFunction, ProfileSummary } from "./messages.ts";
