import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sourceFiles } from "./kit/source-imports.ts";

const repository = join(import.meta.dirname, "..");
const OPENING = "src/io/files/open-file.ts";
const sources = sourceFiles("src", "instrumentations").map((file) => ({
  file,
  text: readFileSync(join(repository, file), "utf8"),
}));

test("no folder is made with its parents by Node.js, which never returns for a path in /proc", () => {
  const recursive = sources.filter(({ text }) => /\bmkdir(?:Sync)?\([^;]*?\brecursive\b/.test(text));
  expect(recursive.map(({ file }) => file)).toEqual([]);
  const makers = sources.filter(({ text }) => /\bmkdir(?:Sync)?\(\w+, \{ mode \}/.test(text));
  expect(makers.map(({ file }) => file)).toEqual([OPENING]);
});

// They read files of the kernel, folders, their own new files ("wx"), or descriptors.
const OTHERS = [
  OPENING,
  "src/cli/tachymeter.ts",
  "src/configuration/configuration-file.ts",
  "src/facades/kernels/resources.ts",
  "src/group/processes/publish-once.ts",
  "src/group/processes/state-files.ts",
  "src/host/gpu/card-files.ts",
  "src/host/gpu/drm.ts",
  "src/host/readings/file-text.ts",
  "src/io/files/file-lock.ts",
  "src/io/files/replace.ts",
  "src/io/log-files/rotation.ts",
  "src/io/outbox/folders.ts",
  "src/io/outbox/segment-writer.ts",
  "src/io/owner-lock.ts",
  "src/readers/otlp/file-exporter.ts",
  "src/sdk/detected-attributes.ts",
];

test("files are opened by the one function that refuses FIFOs", () => {
  const imports = /import \{([^}]*)\} from "node:fs(?:\/promises)?";/g;
  const opening =
    /\b(?:open|openSync|readFile|readFileSync|writeFile|writeFileSync|appendFile|appendFileSync|createReadStream|createWriteStream)\b/;
  const files = sources.filter(({ text }) =>
    [...text.matchAll(imports)].some(([, names = ""]) => opening.test(names)),
  );
  expect(files.map(({ file }) => file).filter((file) => !OTHERS.includes(file))).toEqual([]);
});
