/** Answer of a thread to the main thread's request for figures. */
export const ANSWER = "reported";
