/** The package of a path in `node_modules`; `undefined` for another one. */
export function packageOf(file: string): string | undefined {
  const parts = file.split(/[\\/]/);
  const [scope = "", name = ""] = parts.slice(parts.lastIndexOf("node_modules") + 1);
  if (!parts.includes("node_modules")) return undefined;
  return scope.startsWith("@") ? `${scope}/${name}` : scope;
}
