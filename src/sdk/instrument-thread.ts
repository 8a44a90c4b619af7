/** The instrumentations of a worker thread. */
export { startForLibrary as instrumentThread } from "./start.ts";
