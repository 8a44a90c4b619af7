/** The names in the installed libraries that have their own page. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import successor from "@prometheus-io/client";
import original from "prom-client";

const modules = resolve(import.meta.dirname, "..", "..", "node_modules");

/**
 * The exports of prom-client and its successor, the members of their classes, the options of their metrics, and their
 * default metrics.
 */
export async function promClientNames(): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const library of ["prom-client", "@prometheus-io/client"]) addDeclared(typesOf(library), names);
  names.delete("constructor");
  for (const { collectDefaultMetrics, Registry } of [original, successor]) {
    const register = Reflect.construct(Registry, []);
    collectDefaultMetrics({ register });
    for (const { name } of register.getMetricsAsArray()) names.add(name);
  }
  return [...names];
}

function addDeclared(types: string, names: Set<string>): void {
  let owner = "";
  for (const line of types.split("\n")) {
    const [, kind, name = ""] = /^export (class|const|function|interface|type|enum) (\w+)/.exec(line) ?? [];
    if (kind !== undefined) owner = kind === "interface" && !name.endsWith("Configuration") ? "type" : kind;
    // Types do not matter for migrating code.
    if (kind === "class" || kind === "const" || kind === "function") names.add(name);
    const [, member] = /^\t(?:static |readonly |get )*(\w+)\??[(:<]/.exec(line) ?? [];
    if (member !== undefined && ["class", "interface", "const"].includes(owner)) names.add(member);
  }
}

/** The exports of sdk-metrics, and the methods of its provider. */
export function sdkMetricsNames(): readonly string[] {
  const lists = [...typesOf("@opentelemetry/sdk-metrics").matchAll(/^export .*\{(.*)\}/gm)];
  const names = lists.flatMap(([, list = ""]) => list.match(/\w+/g) ?? []).filter((name) => name !== "type");
  return [...names, "getMeter", "forceFlush", "shutdown"];
}

/** The declarations of an installed package, as text. */
export function typesOf(name: string): string {
  const { types }: { types: string } = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
  return readFileSync(join(modules, name, types), "utf8");
}
