/** Applications as bundles, made as a user would make them. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { packedProject } from "./packed-project.ts";
import { cleanEnvironment } from "./process.ts";

/** Settings of a bundle. */
export interface Bundling {
  /** Beginnings of the names of packages that stay imports, or `require` calls. */
  readonly external?: readonly string[];
  /** Whether our plugin instruments the libraries. */
  readonly isInstrumented?: boolean;
  readonly isMinified?: boolean;
}

/**
 * Bundles a program with its imports to one file: `.mjs` or `.cjs`. Returns what the bundler has logged.
 */
export async function bundle(
  bundler: string,
  program: string,
  file: string,
  { external = [], isInstrumented = false, isMinified = false }: Bundling = {},
): Promise<string> {
  const { installed } = await packedProject();
  const plugins = isInstrumented ? pathToFileURL(join(installed, "dist", "bundler.js")).href : undefined;
  const job = JSON.stringify({ bundler, program, file, external, isMinified, plugins });
  const args = [join(import.meta.dirname, "bundle-program.js"), job];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env: cleanEnvironment() });
  return `${stdout}${stderr}`;
}
