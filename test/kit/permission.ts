// Node's permission model.

const FLAGS = process.allowedNodeEnvironmentFlags;

/** The flag that restricts a process. */
export const PERMISSION: string = FLAGS.has("--permission") ? "--permission" : "--experimental-permission";

/** Allows the network, from Node.js 25 on. Before, it cannot be forbidden. */
export const NETWORK: readonly string[] = FLAGS.has("--allow-net") ? ["--allow-net"] : [];
