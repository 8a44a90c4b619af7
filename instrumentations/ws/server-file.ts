// The file of the servers, which ES modules get without `require`: their entry of the package imports it by itself.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/**
 * Requires the file of the servers that lies beside the file of the sockets, where the hook sees it: it is one module,
 * whichever way it is loaded. To be called when nothing is being loaded.
 */
export function requireServerFile(socketExports: unknown): void {
  const path = Object.keys(require.cache).find(
    (each) => each.endsWith("websocket.js") && require.cache[each]?.exports === socketExports,
  );
  if (path !== undefined) require(path.replace(/websocket\.js$/, "websocket-server.js"));
}
