/** The names in the installed libraries that have their own page. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { collectDefaultMetrics, Registry } from "prom-client";

const modules = resolve(import.meta.dirname, "..", "..", "node_modules");

/** The exports of prom-client, the members of its classes, the options of its metrics, and its default metrics. */
export async function promClientNames(): Promise<readonly string[]> {
  const names = new Set<string>();
  let owner = "";
  for (const line of typesOf("prom-client").split("\n")) {
    const [, kind, name = ""] = /^export (class|const|function|interface|type|enum) (\w+)/.exec(line) ?? [];
    if (kind !== undefined) owner = kind === "interface" && !name.endsWith("Configuration") ? "type" : kind;
    // Types do not matter for migrating code.
    if (kind === "class" || kind === "const" || kind === "function") names.add(name);
    const [, member] = /^\t(?:static |readonly |get )*(\w+)\??[(:<]/.exec(line) ?? [];
    if (member !== undefined && ["class", "interface", "const"].includes(owner)) names.add(member);
  }
  names.delete("constructor");
  const register = new Registry();
  collectDefaultMetrics({ register });
  return [...names, ...register.getMetricsAsArray().map(({ name }) => name)];
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
