export { LoopWatch } from "./loop-watch.ts";
export type { Allocation, Answers, Asked, Block, HotFunction, ProfileSummary } from "./messages.ts";
