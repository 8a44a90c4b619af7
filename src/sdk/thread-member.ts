/** The parts of a worker thread that records or runs for some time. */
export { memberProvider } from "../group/threads/member-provider.ts";
export { observeThread } from "./observe-thread.ts";
