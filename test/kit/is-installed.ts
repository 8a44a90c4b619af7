import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/**
 * Whether a library is installed that is too large for a dependency of ours. `npm run test:matrix -- libraries` installs
 * the oldest supported version of each.
 */
export function isInstalled(library: string): boolean {
  try {
    require.resolve(library);
    return true;
  } catch {
    return false;
  }
}
