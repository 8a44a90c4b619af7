// Tools of development, in which `NODE_OPTIONS` loads `tachymeter/register`, too.
import { realpathSync } from "node:fs";

// Package managers, and the programs of package.json's scripts: starters of other programs, type checkers, linters,
// formatters.
const PACKAGES =
  "npm|npx|npm-run-all2?|pnpm|pnpx|yarn|yarnpkg|corepack|bun|lerna|nx|turbo|wireit|concurrently|cross-env|dotenv-cli|env-cmd|" +
  "nodemon|husky|lint-staged|patch-package|rimraf|node-gyp|typescript|vue-tsc|svelte-check|eslint|prettier|stylelint|" +
  "oxlint|oxfmt|knip|publint|tsx|@biomejs/biome|@yarnpkg/cli-dist|@pnpm/exe|@typescript/native-preview|@arethetypeswrong/cli";
// A program of such a package, or a single file of a package manager, as Yarn and Corepack store it.
const TOOL = new RegExp(
  `/node_modules/(?:${PACKAGES})/(?!.*/node_modules/)|/(?:bin|dist|releases)/(?:(?:npm|npx)-cli|(?:pnpm|pnpx|yarn|yarnpkg|corepack)(?:-\\d[\\w.-]*)?)\\.[cm]?js$`,
);

// As other variables: `flagFromText` cannot be imported here.
const YES = /^\s*(?:true|1|yes|on)\s*$/i;

/** Whether a process with this main module is a tool. Always false with `TACHYMETER_TOOLS=true`. */
export function isTool(program: string | undefined): boolean {
  if (program === undefined || YES.test(process.env["TACHYMETER_TOOLS"] ?? "")) return false;
  try {
    return TOOL.test(realpathSync(program).replaceAll("\\", "/"));
  } catch {
    return false;
  }
}
