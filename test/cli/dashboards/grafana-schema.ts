// JSON Schema of Grafana's dashboards, from the types of Grafana's own package.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseSync, type TSEnumMember, type TSSignature, type TSType, type TSTypeName } from "oxc-parser";

const TYPES = resolve(import.meta.dirname, "../../../node_modules/@grafana/grafana-foundation-sdk/dist");
const MODULES = ["common", "dashboard", "prometheus", "timeseries", "statetimeline", "heatmap"];

/** Definitions of all types, such as `dashboard.Dashboard`. Fields that a type does not have are refused. */
export function grafanaDefinitions(): Readonly<Record<string, object>> {
  return Object.fromEntries(MODULES.flatMap((module) => [...definitionsOf(module)]));
}

function* definitionsOf(module: string): Generator<[string, object]> {
  const file = join(TYPES, module, "types.gen.d.ts");
  const { program } = parseSync(file, readFileSync(file, "utf8"));
  for (const statement of program.body) {
    if (statement.type !== "ExportNamedDeclaration") continue;
    const { declaration } = statement;
    switch (declaration?.type) {
      case "TSInterfaceDeclaration":
        yield [`${module}.${declaration.id.name}`, objectSchema(module, declaration.body.body)];
        break;
      case "TSTypeAliasDeclaration":
        yield [`${module}.${declaration.id.name}`, schemaOf(module, declaration.typeAnnotation)];
        break;
      case "TSEnumDeclaration": {
        const { members } = declaration.body;
        yield [`${module}.${declaration.id.name}`, { enum: [...new Set(members.map(valueOf))] }];
        for (const member of members)
          yield [`${module}.${declaration.id.name}.${nameOf(member)}`, { const: valueOf(member) }];
        break;
      }
      default:
    }
  }
}

function valueOf({ initializer }: TSEnumMember): unknown {
  if (initializer?.type === "Literal") return initializer.value;
  // A negative number.
  return initializer?.type === "UnaryExpression" && initializer.argument.type === "Literal"
    ? -Number(initializer.argument.value)
    : undefined;
}

function nameOf({ id }: TSEnumMember): string {
  return id.type === "Identifier" ? id.name : "value" in id ? id.value : "";
}

function objectSchema(module: string, members: readonly TSSignature[]): object {
  const properties: Record<string, object> = {};
  const required: string[] = [];
  for (const member of members) {
    if (member.type !== "TSPropertySignature" || member.key.type !== "Identifier") continue;
    const { name } = member.key;
    properties[name] = member.typeAnnotation ? schemaOf(module, member.typeAnnotation.typeAnnotation) : {};
    if (!member.optional) required.push(name);
  }
  return { type: "object", properties, required, additionalProperties: false };
}

function schemaOf(module: string, type: TSType): object {
  switch (type.type) {
    case "TSStringKeyword":
      return { type: "string" };
    case "TSNumberKeyword":
      return { type: "number" };
    case "TSBooleanKeyword":
      return { type: "boolean" };
    case "TSNullKeyword":
      return { type: "null" };
    case "TSAnyKeyword":
      return {};
    case "TSLiteralType":
      return { const: "value" in type.literal ? type.literal.value : undefined };
    case "TSArrayType":
      return { type: "array", items: schemaOf(module, type.elementType) };
    case "TSUnionType":
      return { anyOf: type.types.map((each) => schemaOf(module, each)) };
    case "TSParenthesizedType":
      return schemaOf(module, type.typeAnnotation);
    case "TSTypeLiteral":
      return objectSchema(module, type.members);
    case "TSTypeReference": {
      const path = pathOf(type.typeName);
      const values = type.typeArguments?.params[1];
      if (path === "Record" && values !== undefined)
        return { type: "object", additionalProperties: schemaOf(module, values) };
      // Queries of all data sources: ours are Prometheus'.
      if (path === "cog.Dataquery") return { $ref: "#/definitions/prometheus.Dataquery" };
      const isForeign = MODULES.some((name) => path.startsWith(`${name}.`));
      return { $ref: `#/definitions/${isForeign ? path : `${module}.${path}`}` };
    }
    default:
      throw new Error(`${module}: a type of kind ${type.type} is not supported; add it`);
  }
}

function pathOf(name: TSTypeName): string {
  if (name.type === "Identifier") return name.name;
  if (name.type === "TSQualifiedName") return `${pathOf(name.left)}.${name.right.name}`;
  throw new Error(`a name of kind ${name.type} is not supported; add it`);
}
