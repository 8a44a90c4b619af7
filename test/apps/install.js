// Installs real applications from npm, with the packed package of the working directory beside their own packages.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { packedTarball } from "../kit/packed-tarball.js";
import { writeFiles } from "./process.js";

const QUIETLY = "install --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error".split(" ");
const INSTALLED = join(tmpdir(), "tachymeter-apps");

/** Builds the package, and returns the packages that an application has with the flag. @param home a temporary folder */
export function installPackage(home) {
  const folder = join(home, "flag");
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), "{}");
  execFileSync(process.execPath, ["test/build.js"], { stdio: "inherit" });
  const tarball = packedTarball(home);
  // Nested, since applications may have other versions of its dependencies.
  const nested = [...QUIETLY, "--install-strategy=nested", tarball, "@opentelemetry/api"];
  execFileSync("npm", nested, { cwd: folder, stdio: "inherit" });
  return join(folder, "node_modules");
}

/** Installs an application once, and puts the package into it. Returns its folder. @param own result of `installPackage` */
export function install(own, name, { packages, overrides, builds = [], files, build, root = "" }) {
  const folder = join(INSTALLED, name);
  const manifest = JSON.stringify({ private: true, dependencies: packages, overrides, builds }, null, 2);
  mkdirSync(folder, { recursive: true });
  const isInstalled =
    existsSync(join(folder, "node_modules")) &&
    readFileSync(join(folder, "package.json"), "utf8") === manifest;
  if (!isInstalled) {
    writeFileSync(join(folder, "package.json"), manifest);
    execFileSync("npm", QUIETLY, { cwd: folder, stdio: "inherit" });
    // Against the headers of the running Node.js, since nothing is downloaded.
    const headers = `--nodedir=${dirname(dirname(process.execPath))}`;
    if (builds.length > 0)
      execFileSync("npm", ["rebuild", "--ignore-scripts=false", "--build-from-source", headers, ...builds], {
        cwd: folder,
        stdio: "inherit",
      });
    writeFiles(folder, files);
    lendPackage(own, folder);
    build?.(folder);
  }
  lendPackage(own, join(folder, root));
  return folder;
}

// Packages of the application, such as the API, are not replaced.
function lendPackage(own, folder) {
  const installed = join(folder, "node_modules");
  rmSync(join(installed, "tachymeter"), { recursive: true, force: true });
  cpSync(own, installed, { recursive: true, force: false, filter: (path) => !path.endsWith(".bin") });
}
