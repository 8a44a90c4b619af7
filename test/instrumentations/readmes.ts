/** The common parts of the instrumentations' READMEs. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../../instrumentations");

/** One metric of an instrumentation. */
export interface ReadmeMetric {
  /** Its OTel name. */
  readonly name: string;
  /** `counter`, `gauge`, `histogram` and the unit, as in the table. */
  readonly instrument: string;
}

/** The README of one instrumentation. */
export interface Readme {
  /** `worker-threads` */
  readonly folder: string;
  /** Its name in options: `worker_threads`. */
  readonly name: string;
  readonly title: string;
  readonly text: string;
  /** Its first paragraph. */
  readonly summary: string;
  /** The text after **Supported:**, without the advice for bundled applications. */
  readonly supported: string;
  readonly metrics: readonly ReadmeMetric[];
  /** Its headings of the second level. */
  readonly sections: readonly string[];
}

/** The folders of all instrumentations. */
export function instrumentationFolders(): readonly string[] {
  return readdirSync(root).filter((folder) => existsSync(join(root, folder, "instrumentation.ts")));
}

/** Reads the README of an instrumentation. */
export function readReadme(folder: string): Readme {
  const text = readFileSync(join(root, folder, "README.md"), "utf8");
  const paragraphs = text.split(/\n\n+/).map((paragraph) => paragraph.replaceAll("\n", " "));
  const supported = paragraphs.find((paragraph) => paragraph.startsWith("**Supported:**")) ?? "";
  return {
    folder,
    name: folder.replaceAll("-", "_"),
    title: text.split("\n", 1)[0]?.replace("# ", "") ?? "",
    text,
    summary: paragraphs[1] ?? "",
    supported: supported
      .replace("**Supported:** ", "")
      .replace(/ In a bundled application, .*$/, "")
      .replace(/\.$/, ""),
    metrics: metricsOf(text),
    sections: [...text.matchAll(/^## (.*)$/gm)].map((match) => match[1] ?? ""),
  };
}

function metricsOf(text: string): ReadmeMetric[] {
  const section = /^## Metrics\n([\s\S]*?)(?=^## )/m.exec(text)?.[1] ?? "";
  return [
    ...section.matchAll(/^\| (`[^|]+) \| (counter|gauge|histogram|up-down counter)([^|]*) \|/gm),
  ].flatMap(([, names = "", kind = "", unit = ""]) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => ({ name, instrument: `${kind}${unit}`.trim() })),
  );
}
