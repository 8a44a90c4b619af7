// The runtime, if it is one that only looks like Node.js.

/** Whether it is Bun. */
export const isBun: boolean = "bun" in process.versions;

/** Whether it is Bun or Deno, which have their own loader and their own `fetch`. */
export const isOtherRuntime: boolean = isBun || "deno" in process.versions;
