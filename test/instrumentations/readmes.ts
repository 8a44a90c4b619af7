/** What the hooks' READMEs say, as far as all of them say it in the same form. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../../instrumentations");

/** One metric of a hook. */
export interface ReadmeMetric {
  /** Its OTel name. */
  readonly name: string;
  /** `counter`, `gauge`, `histogram` and the unit, as the table has it. */
  readonly instrument: string;
}

/** One hook's README. */
export interface Readme {
  /** `worker-threads` */
  readonly folder: string;
  /** As it is switched: `worker_threads`. */
  readonly name: string;
  readonly title: string;
  /** Its first paragraph. */
  readonly summary: string;
  /** What stands behind **Supported:**, up to the first full stop. */
  readonly supported: string;
  readonly metrics: readonly ReadmeMetric[];
  /** Its headings of the second level. */
  readonly sections: readonly string[];
}

/** The folders of all hooks. */
export function instrumentationFolders(): readonly string[] {
  return readdirSync(root).filter((folder) => existsSync(join(root, folder, "instrumentation.ts")));
}

/** Reads the README of a hook. */
export function readReadme(folder: string): Readme {
  const text = readFileSync(join(root, folder, "README.md"), "utf8");
  const paragraphs = text.split(/\n\n+/).map((paragraph) => paragraph.replaceAll("\n", " "));
  const supported = paragraphs.find((paragraph) => paragraph.startsWith("**Supported:**")) ?? "";
  return {
    folder,
    name: folder.replaceAll("-", "_"),
    title: text.split("\n", 1)[0]?.replace("# ", "") ?? "",
    summary: paragraphs[1] ?? "",
    supported: firstSentence(supported.replace("**Supported:** ", "")),
    metrics: metricsOf(text),
    sections: [...text.matchAll(/^## (.*)$/gm)].map((match) => match[1] ?? ""),
  };
}

// A name may hold dots: `node:worker_threads of Node.js 20.19 and above.`
function firstSentence(text: string): string {
  return text.split(/\.(?= [A-Z]|$)/, 1)[0]?.trim() ?? "";
}

function metricsOf(text: string): ReadmeMetric[] {
  const section = /^## Metrics\n([\s\S]*?)(?=^## )/m.exec(text)?.[1] ?? "";
  return [
    ...section.matchAll(/^\| (`[^|]+) \| (counter|gauge|histogram|up-down counter)([^|]*) \|/gm),
  ].flatMap(([, names = "", kind = "", unit = ""]) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => ({ name, instrument: `${kind}${unit}`.trim() })),
  );
}
