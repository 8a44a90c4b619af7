// Statements that export prom-client's names on, such as `export { register } from "prom-client"`.
import type { Edits } from "./edits.ts";
import { KEPT } from "./import-line.ts";
import { child, children, nameIn, type SyntaxNode } from "./syntax.ts";

/**
 * Exports `register` from the new file, and the other names from prom-client's API on our engine.
 *
 * @param telemetry the new file, as the file imports it
 * @returns whether the new file is needed
 */
export function rewriteReExport(edits: Edits, statement: SyntaxNode, telemetry: string): boolean {
  const specifiers = children(statement, "specifiers");
  const isWhole = specifiers.length === 0 || specifiers.some(({ type }) => type !== "ExportSpecifier");
  const source = child(statement, "source");
  if (source === undefined) return false;
  if (isWhole) {
    edits.note(
      statement,
      "what is exported here stays with prom-client's API; its registry has no other metrics",
    );
    edits.replace(source, JSON.stringify(KEPT));
    return false;
  }
  const [registers, others] = [specifiers.filter(isRegister), specifiers.filter((each) => !isRegister(each))];
  const isType = statement["exportKind"] === "type" ? "type " : "";
  const lines = [
    ...(registers.length === 0 ? [] : [exportLine(registers, "registry", telemetry)]),
    ...(others.length === 0
      ? []
      : [`export ${isType}{ ${others.map((each) => edits.textOf(each)).join(", ")} } from "${KEPT}";`]),
  ];
  if (others.length > 0 && isType === "")
    edits.note(statement, "metrics that are made with what is exported here stay with prom-client's API");
  edits.replace(statement, lines.join("\n"));
  return registers.length > 0;
}

function isRegister(specifier: SyntaxNode): boolean {
  return nameIn(child(specifier, "local")) === "register";
}

function exportLine(specifiers: readonly SyntaxNode[], name: string, from: string): string {
  const names = specifiers.map((each) => `${name} as ${nameIn(child(each, "exported")) ?? name}`);
  return `export { ${names.join(", ")} } from "${from}";`;
}
