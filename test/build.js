// Builds `dist` of the package in the working directory. The declarations keep their comments, which editors show. The
// JavaScript has none, so that the package holds them twice and not three times: its maps lead to the sources.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { resolve } from "node:path";

const compiler = resolve(import.meta.dirname, "../node_modules/typescript/bin/tsc");
const withoutDeclarations = ["declaration", "declarationMap", "isolatedDeclarations"].flatMap((option) => [
  `--${option}`,
  "false",
]);

rmSync("dist", { recursive: true, force: true });
compile("--emitDeclarationOnly");
compile("--removeComments", "--noCheck", ...withoutDeclarations);

// It writes in spite of type errors, so that one may look at what else is wrong.
function compile(...options) {
  const { status } = spawnSync(process.execPath, [compiler, "-p", "src", ...options], { stdio: "inherit" });
  process.exitCode ||= status ?? 1;
}
