/**
 * The public names of each entry point with their types, in a short form: without comments and private members. Other
 * declarations are included only if a public name refers to them.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { ownEntryPoints } from "./kit/source-imports.ts";

const repository = resolve(import.meta.dirname, "..");
const WIDTH = 120;

/** One declaration in the tree of emitted files. */
interface Declaration {
  readonly key: string;
  readonly module: string;
  readonly lines: readonly string[];
}

/** A declaration under the name that an entry point exports. */
interface Exported extends Declaration {
  readonly as: string;
}

interface Module {
  /** Top-level declarations by name, overloads together. */
  readonly declared: ReadonlyMap<string, readonly string[]>;
  readonly named: ReadonlyMap<
    string,
    { readonly name: string; readonly from: string; readonly isExport: boolean }
  >;
  /** `export * from "…"` and additions to the types of other packages, as written. */
  readonly stars: readonly string[];
  readonly exported: readonly string[];
}

/** Compiles the declarations into a folder and lists the public names of each entry point, by its name. */
export function publicDeclarations(folder: string): Map<string, string> {
  emitDeclarations(folder);
  const tree = new DeclarationTree(folder);
  const entryPoints = [...ownEntryPoints].map(
    ([name, source]) => [name, source.replace(/\.ts$/, ".d.ts")] as const,
  );
  const homes = new Map<string, string>();
  for (const [name, module] of entryPoints) {
    for (const each of tree.exportsOf(module)) homes.set(each.key, homes.get(each.key) ?? name);
  }
  return new Map(entryPoints.map(([name, module]) => [name, surfaceOf(tree, name, module, homes)]));
}

function emitDeclarations(folder: string): void {
  const compiler = join(repository, "node_modules/typescript/bin/tsc");
  const options = [
    "--emitDeclarationOnly",
    "--stripInternal",
    "--declarationMap",
    "false",
    "--outDir",
    folder,
  ];
  const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", "src", ...options], {
    cwd: repository,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`tsc ended with ${status}\n${stdout}`);
}

function surfaceOf(tree: DeclarationTree, name: string, module: string, homes: Map<string, string>): string {
  const exported = tree.exportsOf(module);
  const own = exported.filter(({ key, as }) => homes.get(key) === name && nameOf(key) === as);
  const aliases = exported.filter(({ key, as }) => homes.get(key) === name && nameOf(key) !== as);
  const borrowed = exported.filter(({ key }) => homes.get(key) !== name);
  const mentioned: Declaration[] = [];
  // The array grows during the loop.
  const seen: Declaration[] = [...own];
  for (const declaration of seen) {
    for (const each of tree.mentionedBy(declaration)) {
      if (homes.has(each.key)) continue;
      homes.set(each.key, name);
      mentioned.push(each);
      seen.push(each);
    }
  }
  return [
    ...tree.module(module).stars,
    ...borrowed.map((each) => `export ${renamed(each)} from "${homes.get(each.key)}"`).toSorted(),
    ...aliases.map((each) => `export ${renamed(each)}`).toSorted(),
    ...printed(own),
    ...(mentioned.length > 0 ? ["", "// Not exported, but named above", ...printed(mentioned)] : []),
    "",
  ].join("\n");
}

/** The emitted files, each read once. */
class DeclarationTree {
  readonly #folder: string;
  readonly #modules = new Map<string, Module>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  module(path: string): Module {
    const known = this.#modules.get(path);
    if (known !== undefined) return known;
    const module = parsedModule(readFileSync(join(this.#folder, path), "utf8"));
    this.#modules.set(path, module);
    return module;
  }

  exportsOf(path: string): Exported[] {
    return this.module(path).exported.map((name) => {
      const declaration = this.#find(path, name);
      if (declaration === undefined) throw new Error(`${path}: the declaration of ${name} was not found`);
      return { ...declaration, as: name };
    });
  }

  /** The declarations to which a declaration's text refers, in its module or imported from another of ours. */
  mentionedBy({ module, lines }: Declaration): Declaration[] {
    const names = new Set(lines.join("\n").match(/\b[A-Z]\w+/g));
    return [...names].flatMap((name) => this.#find(module, name) ?? []);
  }

  // The declaration of a name that a module declares, imports or re-exports; undefined for another package's.
  #find(path: string, name: string): Declaration | undefined {
    const { declared, named } = this.module(path);
    const lines = declared.get(name);
    if (lines !== undefined) return { key: `${path}#${name}`, module: path, lines };
    const origin = named.get(name);
    if (origin === undefined || !origin.from.startsWith(".")) return undefined;
    const target = posix.join(posix.dirname(path), origin.from).replace(/\.ts$/, ".d.ts");
    return this.#find(target, origin.name);
  }
}

// In the compiler's output, a line begins with a word in the first column if and only if a top-level statement starts.
function parsedModule(text: string): Module {
  const statements = text
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/^\s*\n|[ \t]+$/gm, "")
    .split(/^(?=[a-z])/m)
    .map((statement) => statement.trim());
  const declared = new Map<string, string[]>();
  const named = new Map<string, { name: string; from: string; isExport: boolean }>();
  const stars: string[] = [];
  for (const statement of statements) {
    const list = /^(import|export)(?: type)?\s*\{([^}]*)\} from "(.*)"/.exec(statement);
    const name =
      /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|function|const|namespace) (\w+)/.exec(
        statement,
      )?.[1];
    if (list !== null) {
      for (const part of list[2]!.split(",").filter((each) => each.trim() !== "")) {
        const [original = "", alias = original] = part
          .trim()
          .replace(/^type /, "")
          .split(" as ");
        named.set(alias, { name: original, from: list[3]!, isExport: list[1] === "export" });
      }
    } else if (name !== undefined) declared.set(name, [...(declared.get(name) ?? []), statement]);
    else if (/^(?:export \*|declare module )/.test(statement)) stars.push(statement);
    else if (!/^(?:import\b|export \{\s*\}|\/\/|$)/.test(statement)) {
      throw new Error(`a statement that this parser does not know: ${statement}`);
    }
  }
  const reexported = [...named].filter(([, { isExport }]) => isExport).map(([name]) => name);
  const own = [...declared].filter(([, [first]]) => first!.startsWith("export ")).map(([name]) => name);
  return { declared, named, stars, exported: [...reexported, ...own] };
}

function printed(declarations: readonly Declaration[]): string[] {
  return declarations
    .toSorted((a, b) => (nameOf(a.key) < nameOf(b.key) ? -1 : 1))
    .flatMap(({ lines }) => lines.flatMap(filled));
}

function renamed({ key, as }: Exported): string {
  return nameOf(key) === as ? as : `${nameOf(key)} as ${as}`;
}

function nameOf(key: string): string {
  return key.slice(key.indexOf("#") + 1);
}

// A statement with as many public members on a line as fit.
function filled(statement: string): string[] {
  const [first = "", ...rest] = statement.replaceAll("export declare ", "export ").split("\n");
  const pieces: string[] = [];
  for (const line of rest) {
    if (/^ {4}[^ })\]|&]/.test(line) || /^\S/.test(line)) pieces.push(line.trim());
    else pieces.push(`${pieces.pop() ?? ""} ${line.trim()}`);
  }
  const lines = [first];
  for (const piece of pieces.filter((each) => !/^(?:#private|private )/.test(each))) {
    const last = `${lines.at(-1)} ${piece}`;
    if (last.length <= WIDTH) lines[lines.length - 1] = last;
    else lines.push(`  ${piece}`);
  }
  return lines.flatMap(wrapped);
}

// A line with one long member, wrapped between words.
function wrapped(line: string): string[] {
  if (line.length <= WIDTH) return [line];
  const space = line.lastIndexOf(" ", WIDTH);
  return [line.slice(0, space), ...wrapped(`    ${line.slice(space + 1)}`)];
}
