// Faults that block the event loop, of ten kinds, each in a file of its own with a known function at a known line.
import { Random } from "../kit/random.ts";

/** The kinds. Each text is the body of a function that holds the loop until `end`, a time of `Date.now()`. */
const BODIES = {
  loop: `let sum = 0; while (Date.now() < end) sum += Math.sqrt(sum + 1); return sum;`,
  // Text of 16 MB.
  json: `do JSON.parse(large); while (Date.now() < end);`,
  crypto: `const { pbkdf2Sync } = require("node:crypto"); do pbkdf2Sync("secret", "salt", 100_000, 64, "sha512"); while (Date.now() < end);`,
  // A synchronous file, or a synchronous child process.
  sync: `if (odd) do require("node:fs").readFileSync(__filename); while (Date.now() < end);
  else require("node:child_process").spawnSync(process.execPath, ["-e", "setTimeout(() => {}, " + (end - Date.now()) + ")"]);`,
  pattern: `do /^(a|aa)+$/.test("a".repeat(27) + "b"); while (Date.now() < end);`,
  sort: `do numbers().sort((one, other) => one - other); while (Date.now() < end);`,
  garbage: `const kept = []; do { kept.push({ at: kept.length, list: [1, 2, 3] }); if (kept.length > 200_000) kept.length = 0; } while (Date.now() < end);`,
  template: `do rows().map(({ id, name }) => "<tr><td>" + id + "</td><td>" + name.replaceAll("<", "&lt;") + "</td></tr>").join("|"); while (Date.now() < end);`,
  microtasks: `return (async () => { while (Date.now() < end) await undefined; })();`,
  getter: `const order = { items: rows().slice(0, 200), get total() { let total = 0; for (const { id } of this.items) total += id; return total; } };
  let sum = 0; do sum += order.total; while (Date.now() < end); return sum;`,
} as const;

export type FaultKind = keyof typeof BODIES;
export const KINDS = [
  "loop",
  "json",
  "crypto",
  "sync",
  "pattern",
  "sort",
  "garbage",
  "template",
  "microtasks",
  "getter",
] as const satisfies readonly FaultKind[];

export interface Fault {
  readonly kind: FaultKind;
  readonly file: string;
  readonly function: string;
  /** First line of the function, whose last one is `lastLine`. */
  readonly line: number;
  readonly lastLine: number;
  readonly millis: number;
}

/** A fault and the text of its file. */
export function faultOf(kind: FaultKind, seed: number): { readonly fault: Fault; readonly text: string } {
  const random = new Random(seed);
  const name = `${random.oneOf(["load", "check", "render", "handle"])}${kind[0]!.toUpperCase()}${kind.slice(1)}${random.integer(1, 999)}`;
  const above = random.integer(0, 40);
  const depth = random.integer(1, 30);
  const lines = [
    "const odd = " + String(random.chance(0.5)) + ";",
    kind === "json" ? "const large = '[' + '{\"id\":1,\"list\":[1,2,3]},'.repeat(600_000) + '0]';" : "",
    `const numbers = () => Array.from({ length: ${random.integer(50_000, 200_000)} }, () => Math.random());`,
    "const all = Array.from({ length: 20_000 }, (_, id) => ({ id, name: '<name>' + id, more: [id, id] }));",
    "const rows = () => all;",
    ...Array.from({ length: above }, (_, index) => `// Line ${index}`),
  ];
  const body = `function ${name}(end) {\n  ${BODIES[kind]}\n}`;
  const line = lines.length + 1;
  const text = [
    ...lines,
    body,
    // The stack above it is as deep as in applications.
    `const call = (depth, end) => (depth === 0 ? ${name}(end) : call(depth - 1, end));`,
    `module.exports = (millis) => call(${depth}, Date.now() + millis);`,
  ].join("\n");
  const lastLine = line + body.split("\n").length - 1;
  const millis = random.integer(200, 400);
  return {
    fault: { kind, file: `faults/${kind}-${seed}.cjs`, function: name, line, lastLine, millis },
    text,
  };
}
