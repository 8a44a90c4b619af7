// The licenses of packages whose code is in the build, in one file.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

// Folders of packages, also of those within another one.
const folders = new Set();
const PACKAGE = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/;

/** Plugin of each bundle: notes the packages whose code is in it. */
export function notedLicenses() {
  return {
    name: "noted licenses",
    generateBundle(_, bundle) {
      for (const { moduleIds = [] } of Object.values(bundle))
        for (const folder of packagesOf(moduleIds)) folders.add(folder);
    },
  };
}

/**
 * The first line of a file with these modules; empty if none is of another package.
 * @param {readonly string[]} moduleIds
 */
export function noticeOf(moduleIds) {
  const names = new Set(packagesOf(moduleIds).map((folder) => String(manifestOf(folder).name)));
  if (names.size === 0) return "";
  return `/*! Contains code of ${[...names].toSorted().join(", ")}. See licenses.txt. */`;
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** @param {readonly string[]} moduleIds */
function packagesOf(moduleIds) {
  return moduleIds.flatMap((id) => PACKAGE.exec(id)?.[1] ?? []);
}

/** The text of `licenses.txt`. Throws if a package has no license. */
export function licenseTexts() {
  const texts = new Map();
  for (const folder of folders) {
    const { name, version, license } = manifestOf(folder);
    const file = readdirSync(folder).find((each) => /^licen[cs]e(?:\.(?:md|txt))?$/i.test(each));
    if (file === undefined) throw new Error(`${name} has no license, but is in the build`);
    const text = readFileSync(join(folder, file), "utf8").trim();
    const packages = texts.get(text) ?? [];
    texts.set(text, [...packages, `${name} ${version} (${license})`]);
  }
  const parts = Array.from(texts, ([text, packages]) => `${packages.toSorted().join("\n")}\n\n${text}\n`);
  const line = `\n${"-".repeat(80)}\n\n`;
  return `Packages whose code is in this folder, and their licenses.\n${line}${parts.toSorted().join(line)}`;
}
