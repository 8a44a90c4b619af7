// Compares the names in the code with OpenTelemetry's semantic conventions.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

interface Convention {
  readonly name: string;
  readonly replacement: string | undefined;
}

// Names of tracing channels, event types, groups of metrics and options, which are neither metrics nor attributes.
const OTHER_NAMES =
  /^(?:http\.(?:client|server)\.(?:request\.(?:start|created|error)|response\.finish)|net\.server\.socket|messaging\.(?:processed|queue_size|received|sent)|process\.(?:cpu|memory)|system\.(?:cpu|memory)|telemetry\.db|tls\.(?:cert|key|passphrase))$/;

// The package leaves them to the conventions for generative AI, which have no package. These are the names of version 0.1.0.
const GENERATIVE_AI: ReadonlySet<string> = new Set([
  ...["agent", "operation", "provider", "tool"].map((thing) => `gen_ai.${thing}.name`),
  ...["request.model", "response.model", "token.modality"].map((name) => `gen_ai.${name}`),
  ...["duration", "time_to_first_chunk", "time_per_output_chunk"].map(
    (name) => `gen_ai.client.inference.${name}`,
  ),
  ...["input_tokens", "output_tokens"].flatMap((name) => [
    `gen_ai.client.inference.usage.${name}`,
    `gen_ai.client.inference.operation.${name}`,
  ]),
  ...["cache_read.input_tokens", "cache_write.input_tokens", "reasoning.output_tokens"].map(
    (name) => `gen_ai.client.inference.usage.${name}`,
  ),
  ...["client.embeddings.duration", "client.embeddings.operation.input_tokens", "execute_tool.duration"].map(
    (name) => `gen_ai.${name}`,
  ),
  ...["invoke_agent.duration", "server.request.duration", "server.time_to_first_token"].map(
    (name) => `gen_ai.${name}`,
  ),
  "gen_ai.server.time_per_output_token",
  "gen_ai.prompt.name",
]);
// As above, for the Model Context Protocol.
const CONTEXT_PROTOCOL: ReadonlySet<string> = new Set([
  ...["client", "server"].flatMap((side) =>
    ["operation", "session"].map((thing) => `mcp.${side}.${thing}.duration`),
  ),
  "mcp.method.name",
  "mcp.protocol.version",
  "rpc.response.status_code",
]);

const declarations = readDeclarations();
const conventions = readConventions();
// Values such as `aws.sqs`.
const values = new Set(
  [...declarations.matchAll(/declare const \w+_VALUE_\w+(?::| =) "([^"]+)"/g)].map(([, value]) => value),
);
const known = new Map(conventions.map(({ name, replacement }) => [name, replacement]));
const namespaces = new Set(conventions.map(({ name }) => namespaceOf(name)));
const used = namesInCode();
const documented = documentedNames();

test("the conventions are those of 2026 or later, with metrics and attributes", () => {
  expect(known.has("messaging.system.name")).toBe(true);
  expect(known.has("http.server.request.duration")).toBe(true);
  expect(used.filter((name) => known.has(name)).length).toBeGreaterThan(150);
  expect(known.get("messaging.system")).toBe("Replaced by `messaging.system.name`.");
});

test("no name is deprecated", () => {
  expect(used.filter((name) => known.get(name) !== undefined && !isElsewhere(name))).toEqual([]);
});

test("each other name in a namespace of the conventions is documented with its reason", () => {
  const others = used.filter((name) => !known.has(name) && !documented.has(name));
  expect(others.filter((name) => !GENERATIVE_AI.has(name))).toEqual([]);
});

test("names for generative AI are those of their conventions", () => {
  expect(used.filter((name) => name.startsWith("gen_ai.")).toSorted()).toEqual([...GENERATIVE_AI].toSorted());
});

test("each name that is documented as our own is used, and still missing in the conventions", () => {
  expect([...documented].filter((name) => !used.includes(name) || known.has(name))).toEqual([]);
});

function readDeclarations(): string {
  const folder = dirname(createRequire(import.meta.url).resolve("@opentelemetry/semantic-conventions"));
  const files = readdirSync(folder).filter((file) => file.endsWith(".d.mts"));
  return files.map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
}

function readConventions(): readonly Convention[] {
  const seen = new Map<string, Convention>();
  const declared =
    /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*(?:export )?declare const (?:ATTR|METRIC)_\w+(?::| =) "([^"]+)"/g;
  for (const [, comment = "", name = ""] of declarations.matchAll(declared)) {
    const [, replacement] = /@deprecated\s+(.*)/.exec(comment) ?? [];
    // A name that is deprecated in one role and current in another is current.
    if (replacement === undefined || !seen.has(name)) seen.set(name, { name, replacement });
  }
  return [...seen.values()];
}

function isElsewhere(name: string): boolean {
  return GENERATIVE_AI.has(name) || CONTEXT_PROTOCOL.has(name);
}

function namespaceOf(name: string): string {
  return name.slice(0, name.indexOf("."));
}

function namesInCode(): readonly string[] {
  const names = new Set<string>();
  for (const folder of ["src", "instrumentations"]) {
    for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts") || /^(?:configuration|options|page\/app)\//.test(file)) continue;
      const text = readFileSync(join(folder, file), "utf8");
      for (const [, name = ""] of text.matchAll(/"([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)"/g)) {
        if (namespaces.has(namespaceOf(name)) && !OTHER_NAMES.test(name)) names.add(name);
      }
    }
  }
  return [...names].filter((name) => !values.has(name)).toSorted();
}

function documentedNames(): ReadonlySet<string> {
  const text = readFileSync("docs/metrics.md", "utf8");
  const [, section = ""] = /^## Which names are conventional\n([^]*?)^## /m.exec(text) ?? [];
  const rows = [...section.matchAll(/^\| (`[^|]*) \|/gm)].map(([, names = ""]) => names);
  return new Set(rows.flatMap((names) => names.split(", ").map((name) => name.replaceAll("`", ""))));
}
