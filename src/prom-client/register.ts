/**
 * Makes `require("prom-client")` and `import … from "prom-client"` resolve to our module, for applications and libraries
 * that cannot change their imports. `@prometheus-io/client` and `@platformatic/prom-client` are replaced, too:
 *
 * ```sh
 * node --import tachymeter/prom-client/register app.js
 * ```
 *
 * @module tachymeter/prom-client/register
 */
import Module, { register } from "node:module";
import { moduleFor, PACKAGES } from "#prom-client";

// Libraries take it if it is installed, and another package otherwise. So it is replaced only if it is.
const OPTIONAL = "@platformatic/prom-client";
// The hook of Node.js 20, with the functions before it.
const RESOLVE = [
  "const isReplaced = (name) => byName.has(name) && !isOptional(name);",
  "export async function resolve(name, context, next) {",
  "const found = isReplaced(name) ? undefined : await next(name, context);",
  "return byName.has(name) ? { url: byName.get(name), shortCircuit: true } : found; }",
].join(" ");
const modules = new Map<unknown, object>(PACKAGES.map((name) => [name, moduleFor(name)]));
// Shared by all copies of this file: the first one replaces the modules.
const REPLACED = Symbol.for("tachymeter.prom_client_replaced");

if (Reflect.get(globalThis, REPLACED) === undefined) {
  Reflect.set(globalThis, REPLACED, Object.fromEntries(modules));
  replaceRequired();
  replaceImported();
}

// Before anything is looked up, so that the packages need not be installed.
function replaceRequired(): void {
  const load: unknown = Reflect.get(Module, "_load");
  const resolve: unknown = Reflect.get(Module, "_resolveFilename");
  if (typeof load !== "function" || typeof resolve !== "function") return;
  Reflect.set(Module, "_load", function (this: unknown, request: unknown, ...further: unknown[]): unknown {
    if (request === OPTIONAL) Reflect.apply(resolve, Module, [request, ...further]);
    return modules.get(request) ?? Reflect.apply(load, this, [request, ...further]);
  });
}

// On Node.js 20 hooks run in a thread of their own, which starts with the code of a module.
function replaceImported(): void {
  const urls = [...modules].map(([name, module]) => [String(name), urlOf(String(name), module)] as const);
  const registerHooks: unknown = Reflect.get(Module, "registerHooks");
  if (typeof registerHooks === "function") {
    const byName = new Map(urls);
    const resolve = (
      specifier: string,
      context: unknown,
      next: (...given: unknown[]) => unknown,
    ): unknown => {
      const url = byName.get(specifier);
      if (url === undefined) return next(specifier, context);
      if (specifier === OPTIONAL) next(specifier, context);
      return { url, shortCircuit: true };
    };
    Reflect.apply(registerHooks, Module, [{ resolve }]);
    return;
  }
  const byName = `const byName = new Map(${JSON.stringify(urls)});`;
  const isOptional = `const isOptional = (name) => name === ${JSON.stringify(OPTIONAL)};`;
  register(codeUrl(`${byName} ${isOptional} ${RESOLVE}`));
}

// The code of an ES module with the names of a module. It finds the module by its key.
function urlOf(name: string, module: object): string {
  return codeUrl(`const module = globalThis[Symbol.for(${JSON.stringify(REPLACED.description)})][${JSON.stringify(name)}];
    export const { ${Object.keys(module).join(", ")} } = module;
    export default module;`);
}

function codeUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
