// The public names, and the modules that replace packages.
export * from "./index.ts";
// oxlint-disable-next-line import/no-default-export -- as in the entry point
export { client as default } from "./client.ts";
export { moduleFor, PACKAGES } from "./packages.ts";
