/**
 * Makes `require("prom-client")` and `import … from "prom-client"` resolve to our module, for applications and libraries
 * that cannot change their imports:
 *
 * ```sh
 * node --import tachymeter/prom-client/register app.js
 * ```
 *
 * @module tachymeter/prom-client/register
 */
import Module, { createRequire, register } from "node:module";
import { pathToFileURL } from "node:url";
import client from "#prom-client";

const NAME = "prom-client";
// Shared by all copies of this file: the first one replaces the module.
const REPLACED = Symbol.for("tachymeter.prom_client_replaced");

if (Reflect.get(globalThis, REPLACED) !== true) {
  Reflect.set(globalThis, REPLACED, true);
  replaceRequired();
  replaceImported();
}

// Before anything is looked up, so that prom-client need not be installed.
function replaceRequired(): void {
  const load: unknown = Reflect.get(Module, "_load");
  if (typeof load !== "function") return;
  Reflect.set(Module, "_load", function (this: unknown, request: unknown, ...further: unknown[]): unknown {
    return request === NAME ? client : Reflect.apply(load, this, [request, ...further]);
  });
}

// On Node.js 20 hooks run in a thread of their own, which starts with the code of a module.
function replaceImported(): void {
  // Not by `import.meta.resolve`, which a required module does not have on Node.js 20.
  const url = pathToFileURL(createRequire(import.meta.url).resolve("#prom-client")).href;
  const registerHooks: unknown = Reflect.get(Module, "registerHooks");
  if (typeof registerHooks === "function") {
    const resolve = (specifier: string, context: unknown, next: (...given: unknown[]) => unknown): unknown =>
      specifier === NAME ? { url, shortCircuit: true } : next(specifier, context);
    Reflect.apply(registerHooks, Module, [{ resolve }]);
    return;
  }
  const code = `export const resolve = (specifier, context, next) =>
    specifier === ${JSON.stringify(NAME)} ? { url: ${JSON.stringify(url)}, shortCircuit: true } : next(specifier, context);`;
  register(`data:text/javascript,${encodeURIComponent(code)}`);
}
