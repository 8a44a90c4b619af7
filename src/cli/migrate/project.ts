// Moves the files of a project from prom-client to Tachymeter.
import { readTextSync } from "../../io/files/open-file.ts";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, posix, relative, resolve, sep } from "node:path";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { importLine } from "./import-line.ts";
import { type Creation, type FileModel, isKind, type Known, modelOf, typedMetrics } from "./model.ts";
import { rewriteReExport } from "./re-exports.ts";
import {
  ambiguous,
  isUsed,
  labelNamesOf,
  refusalOf,
  rewrite,
  rewriteImports,
  type Rewritten,
} from "./rewrite.ts";
import type { SyntaxNode } from "./syntax.ts";
import { type ModuleForm, telemetryModule } from "./telemetry-module.ts";

export { unifiedDiff } from "./diff.ts";

const SOURCE = /\.(?:[cm]?js|jsx|[cm]?ts|tsx)$/;
const DECLARATIONS = /\.d\.[cm]?ts$/;
const ENDINGS = ["", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx", "/index.js", "/index.ts"];

/** A file after the migration. `before` is missing for a new file. */
export interface Moved {
  readonly name: string;
  readonly before?: string;
  readonly after: string;
  /** Number of comments for the reader. */
  readonly notes: number;
}

/** Result of a migration: nothing is written. */
export interface Migration {
  readonly moved: readonly Moved[];
  /** Files that could not be read or parsed, with the reason. */
  readonly failed: readonly { readonly name: string; readonly reason: string }[];
}

/** Computes the migration of all files in a folder, without `node_modules` and folders whose name starts with a dot. */
export function migration(folder: string): Migration {
  const failed: { name: string; reason: string }[] = [];
  const models = sourceFiles(folder).flatMap((file): FileModel[] => {
    try {
      const text = readTextSync(join(folder, file));
      // Files that neither load prom-client nor a file that may do are not parsed.
      return /prom-client|require|import/.test(text) ? [modelOf(file, text)] : [];
    } catch (error) {
      failed.push({ name: file, reason: errorMessage(error) });
      return [];
    }
  });
  const users = models.filter(({ imports, loads, reExports }) =>
    [imports, loads, reExports].some(({ length }) => length > 0),
  );
  if (users.length === 0) return { moved: [], failed };
  const refused = new Map<SyntaxNode, string>();
  const registries = models.flatMap(({ creations }) => creations.filter(({ name }) => name === "Registry"));
  const own = new Map(models.map((model) => [model.file, ownMetrics(model, refused)]));
  for (const model of models) refuseAmbiguous(model, own, models, refused);
  const form = formOf(folder, users);
  const rewritten = models.map((model) => {
    const imported = importedMetrics(model, own, models).map(({ local, metric }) => [local, metric] as const);
    const known = new Map([...imported, ...(own.get(model.file) ?? [])]);
    const result = rewrite(model, known, refused);
    if (registries.length > 1) noteRegistries(model, result, registries.length);
    return { model, result };
  });
  const moved = rewritten.flatMap(({ model, result }): Moved[] => {
    addImports(model, result, form);
    if (result.edits.isEmpty) return [];
    const after = result.edits.result();
    return [{ name: model.file, before: model.text, after, notes: result.edits.notes }];
  });
  const hasDefaultMetrics = rewritten.some(({ result }) => result.hasDefaultMetrics);
  const isNeeded = rewritten.some(({ result: { needs } }) => needs.collector || needs.registries.size > 0);
  const called = new Set(rewritten.flatMap(({ result: { needs } }) => [...needs.registryMethods]));
  const added = isNeeded
    ? [{ name: form.file, after: telemetryModule(form, hasDefaultMetrics, called), notes: 0 }]
    : [];
  return { moved: [...added, ...moved], failed };
}

function sourceFiles(folder: string, under = ""): readonly string[] {
  return readdirSync(join(folder, under), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(under, entry.name);
    if (entry.name.startsWith(".") || entry.name === "node_modules") return [];
    if (entry.isDirectory()) return sourceFiles(folder, path);
    return entry.isFile() && SOURCE.test(path) && !DECLARATIONS.test(path) ? [path] : [];
  });
}

function ownMetrics(model: FileModel, refused: Map<SyntaxNode, string>): Map<string, Known> {
  const known = new Map<string, Known>();
  for (const { bindings } of model.imports) {
    for (const [local, name] of bindings) {
      if (name === "*") known.set(`${local}.register`, { kind: "Registry" });
      else if (name === "register") known.set(local, { kind: "Registry" });
    }
  }
  if (model.reExports.length > 0) known.set("register", { kind: "Registry" });
  for (const [path, kind] of typedMetrics(model))
    if (!model.isAmbiguous(path)) known.set(path, { kind, labelNames: undefined });
  for (const creation of model.creations) {
    const reason = refusalOf(model, creation);
    if (reason !== undefined) refused.set(creation.visited.node, reason);
    if (creation.path !== undefined)
      known.set(creation.path, reason === undefined ? knownFrom(creation) : { kind: "Kept" });
  }
  // A name whose metric is created in several places has one API.
  for (const { path, visited } of model.creations) {
    const isKept =
      path !== undefined &&
      model.creations.some((each) => each.path === path && refused.has(each.visited.node));
    if (!isKept) continue;
    known.set(path, { kind: "Kept" });
    if (!refused.has(visited.node)) refused.set(visited.node, ambiguous(path));
  }
  return known;
}

// All registries of the project become one, which has every metric once.
function noteRegistries({ creations }: FileModel, { edits }: Rewritten, count: number): void {
  for (const { name, visited } of creations) {
    if (name === "Registry")
      edits.note(visited.node, `the project has ${count} registries; here they are one`);
  }
}

function knownFrom(creation: Creation): Known {
  const { name } = creation;
  return isKind(name) ? { kind: name, labelNames: labelNamesOf(creation) } : { kind: "Registry" };
}

// Metrics whose name in another file may mean different things stay with prom-client's API in all files.
function refuseAmbiguous(
  model: FileModel,
  own: Metrics,
  models: readonly FileModel[],
  refused: Map<SyntaxNode, string>,
): void {
  for (const { local, metric, other, path } of importedMetrics(model, own, models)) {
    if (metric.kind === "Registry" || metric.kind === "Kept" || !model.isAmbiguous(local)) continue;
    own.get(other.file)?.set(path, { kind: "Kept" });
    for (const creation of other.creations)
      if (creation.path === path) refused.set(creation.visited.node, ambiguous(local, model.file));
  }
}

type Metrics = ReadonlyMap<string, Map<string, Known>>;

interface Imported {
  /** The path in the file that imports it. */
  readonly local: string;
  readonly metric: Known;
  readonly other: FileModel;
  /** The path in the other file. */
  readonly path: string;
}

// Metrics of other files.
function importedMetrics(model: FileModel, own: Metrics, models: readonly FileModel[]): readonly Imported[] {
  return model.localImports.flatMap(({ from, name, local }) => {
    const base = posix.join(posix.dirname(model.file), from);
    const other = models.find(({ file }) => candidates(base).includes(file));
    if (other === undefined) return [];
    return [...other.exports].flatMap(([exported, path]) => {
      const whole = exported === "*" || (name === "default" && exported === "default");
      if (!whole && name !== "*" && name !== "default" && name !== exported) return [];
      const prefix = whole || name === exported ? local : `${local}.${exported}`;
      return [...(own.get(other.file) ?? [])].flatMap(([known, metric]): Imported[] =>
        known === path || known.startsWith(`${path}.`)
          ? [{ local: `${prefix}${known.slice(path.length)}`, metric, other, path: known }]
          : [],
      );
    });
  });
}

// TypeScript names a file by the ending of its output.
function candidates(base: string): readonly string[] {
  const source = base.replace(/\.([cm]?)js$/, ".$1ts");
  return [...ENDINGS.map((ending) => base + ending), source, base.replace(/\.js$/, ".tsx")];
}

function addImports(model: FileModel, result: Rewritten, form: ModuleForm): void {
  const { edits, needs } = result;
  const registers = model.imports.flatMap((each) =>
    [...each.bindings].filter(([local, name]) => name === "register" && isUsed(model, edits, local, each)),
  );
  const names = [
    ...(needs.collector ? [["collector", model.localNames.collector] as const] : []),
    ...[...new Set([...needs.registries, ...registers.map(([local]) => local)])].map(
      (local) => ["registry", local] as const,
    ),
  ];
  if (registers.length > 0) needs.registries.add("registry");
  const telemetry = pathTo(model, form);
  for (const each of model.reExports)
    if (rewriteReExport(result.edits, each, telemetry)) needs.registries.add("registry");
  rewriteImports(model, result, names.length === 0 ? "" : importOf(model, names, form));
}

function importOf(model: FileModel, names: Parameters<typeof importLine>[0], form: ModuleForm): string {
  const isRequire =
    model.imports.some((each) => each.isRequire) ||
    (model.imports.length === 0 && model.nodes[0]?.node["sourceType"] !== "module");
  return importLine(names, pathTo(model, form), isRequire);
}

// The new file, as a file of the project imports it.
function pathTo(model: FileModel, form: ModuleForm): string {
  const path = relative(dirname(resolve("/", model.file)), resolve("/", form.file))
    .split(sep)
    .join("/");
  const relativePath = path.startsWith(".") ? path : `./${path}`;
  return relativePath.replace(/\.ts$/, form.isModule ? ".js" : "");
}

// One new file for all. CommonJS can be imported by both forms.
function formOf(folder: string, users: readonly FileModel[]): ModuleForm {
  const isTypeScript = users.some(({ file }) => /\.[cm]?tsx?$/.test(file));
  const usesRequire = users.some(
    ({ imports, nodes }) =>
      imports.some(({ isRequire }) => isRequire) || nodes[0]?.node["sourceType"] === "script",
  );
  const ending = isTypeScript ? "ts" : usesRequire ? "cjs" : "mjs";
  const names = ["telemetry", "tachymeter-telemetry"].map((name) => `${name}.${ending}`);
  const file = names.find((name) => !existsSync(join(folder, name))) ?? `tachymeter-metrics.${ending}`;
  const isModule = isTypeScript && typeOf(folder) === "module";
  return { file, isModule, usesRequire: usesRequire && !isTypeScript };
}

function typeOf(folder: string): unknown {
  try {
    const manifest: unknown = JSON.parse(readTextSync(join(folder, "package.json")));
    return typeof manifest === "object" && manifest !== null && "type" in manifest
      ? manifest.type
      : undefined;
  } catch {
    return undefined;
  }
}
