import fc from "fast-check";
import { expect, test } from "vitest";
import { Template, type TemplateData } from "../../../src/alerts/templates/template.ts";
import { TemplateError } from "../../../src/alerts/templates/template-error.ts";
import { engineOver } from "../evaluation/engine-over.ts";
import { templates } from "./templates.ts";
import { runs } from "../../kit/test-length.ts";

const data: TemplateData = {
  labels: { job: "api" },
  value: 5,
  timeSeconds: 1_700_000_000.25,
  externalLabels: {},
  externalUrl: "http://localhost:9090/prefix/",
  query: () => [{ labels: { job: "a" }, value: 1 }],
};

test("the URL of this program and its path are there", () => {
  const template = new Template("{{ externalURL }} {{ pathPrefix }} {{ $externalURL }}", "A");
  expect(template.expand(data)).toBe("http://localhost:9090/prefix/ /prefix/ http://localhost:9090/prefix/");
});

test("a query that has to wait makes a promise; its result is read once", async () => {
  const asked: string[] = [];
  const template = new Template(
    '{{ query "a" | first | value }} {{ query "b" | len }} {{ query "a" | len }}',
    "A",
  );
  const text = template.expand({
    ...data,
    query: async (expression) => {
      asked.push(expression);
      return [{ labels: {}, value: 7 }];
    },
  });
  expect(text).toBeInstanceOf(Promise);
  expect(await text).toBe("7 1 1");
  expect(asked).toEqual(["a", "b"]);
});

test("a query that fails makes the template fail", async () => {
  const failures: string[] = [];
  const template = new Template('{{ query "a" }}', "A");
  const expand = (query: TemplateData["query"]): string | Promise<string> =>
    template.expand({ ...data, query }, (message) => void failures.push(message));
  const broken = new Error("no such metric");
  const expected = expect.stringMatching(
    /^<error expanding template: .*error calling query: no such metric>$/,
  );
  expect(await expand(() => Promise.reject(broken))).toEqual(expected);
  expect(
    expand(() => {
      throw broken;
    }),
  ).toEqual(expected);
  expect(failures).toHaveLength(2);
});

// As in Prometheus 3.
test.each([
  ["{{ now }}", "1.70000000025e+09"],
  ['{{ urlQueryEscape "a b&c=é/~!*" }}', "a+b%26c%3D%C3%A9%2F~%21%2A"],
  ["{{ toDuration 0.0 }} {{ toDuration 0.5 }} {{ 60 | toDuration }}", "0s 500ms 1m0s"],
  ["{{ toDuration 3661.5 }} {{ toDuration 3600 }} {{ toDuration 90061.0 }}", "1h1m1.5s 1h0m0s 25h1m1s"],
  ["{{ toDuration -1.5e-6 }} {{ toDuration 1e-9 }} {{ toDuration 0.1234567 }}", "-1.5µs 1ns 123.4567ms"],
  ["{{ toDuration 1e-10 }} {{ toDuration 1.25 }} {{ toDuration -61 }}", "0s 1.25s -1m1s"],
  ['{{ toDuration "60.000000001" }}', "1m0.000000001s"],
])("%s makes the text of Prometheus' function", (text, expected) => {
  expect(new Template(text, "A").expand(data)).toBe(expected);
});

test.each(["NaN", "+Inf", "1e10"])("a duration of %s seconds makes the template fail", (seconds) => {
  const text = new Template(`{{ toDuration "${seconds}" }}`, "A").expand(data);
  expect(text).toMatch(/error calling toDuration: .* seconds cannot be represented as a duration>$/);
});

// As in Prometheus 3.5.
test("a range over an integer counts from 0", () => {
  const text = "{{ range 3 }}{{ . }}{{ end }} {{ range $i := len $labels }}{{ $i }}{{ end }}";
  const empty = "{{ range 0 }}x{{ else }}none{{ end }}{{ range -1 }}x{{ end }}";
  expect(new Template(`${text} ${empty}`, "A").expand(data)).toMatch(/^012 0\d* none$/);
});

test.each([
  ["{{", "unclosed action"],
  ["{{ }}", "missing value for command"],
  ["{{ if true }}", "unexpected EOF"],
  ["{{ end }}", "unexpected {{end}}"],
  ["{{ $x }}", 'undefined variable "$x"'],
  ["{{ foo }}", 'function "foo" not defined'],
  ['{{ "a }}', "unterminated quoted string"],
  ["{{ (1 }}", "unclosed left paren"],
  ["{{ 1 | 2 }}", "non executable command in pipeline stage 2"],
  ["{{/* a }}", "unclosed comment"],
  ["{{ break }}", "{{break}} outside {{range}}"],
  [`${"{{ if true }}".repeat(60)}${"{{ end }}".repeat(60)}`, "more than 50 levels"],
  [`{{ ${"(".repeat(100)}1${")".repeat(100)} }}`, "more than 50 levels"],
])("the template %j does not parse", (text, message) => {
  expect(() => new Template(text, "A")).toThrow(new TemplateError(message));
});

test.each([
  ['{{ define "t" }}{{ template "t" }}{{ end }}{{ template "t" }}', "exceeded maximum template depth"],
  ['{{ printf "%9999999d" 1 }}', "a width must be at most 10000"],
  [`{{ $x := "aaaaaaaaaaaaaaaa" }}${"{{ $x = print $x $x }}".repeat(30)}`, "longer than 65536 characters"],
  ["{{ range $a := slice (args 1 2 3) 0 }}{{ end }}", "can't slice item of type map"],
  ["{{ range 100001 }}{{ end }}", "range can't iterate over 100001"],
  ["{{ range $i, $x := 3 }}{{ end }}", "range can't iterate over 3"],
  ["{{ range 1000 }}{{ range 1000 }}{{ break }}{{ end }}{{ end }}", "takes more than 100000 steps"],
  [
    `{{ $x := printf "%5000s" "a" }}{{ define "t" }}{{ end }}${"{{ range args 1 2 3 4 5 6 7 8 9 }}".repeat(5)}{{ if reReplaceAll "(a|b)*c" "" $x }}{{ end }}${"{{ end }}".repeat(5)}`,
    "takes more than 100000 steps",
  ],
  [`{{ reReplaceAll "(((a{100}){100}){100})" "" "a" }}`, "error calling reReplaceAll"],
  [Array.from({ length: 30 }, (_, i) => `{{ query "x${i}" | len }}`).join(""), "more than 20 queries"],
])("the template %j is stopped", (text, message) => {
  expect(new Template(text, "A").expand(data)).toEqual(expect.stringMatching(/^<error expanding template: /));
  expect(new Template(text, "A").expand(data)).toContain(message);
});

test("random and mutated templates either do not parse, or make a text", async () => {
  const part = fc.oneof(
    fc.constantFrom(
      "{{",
      "}}",
      "{{-",
      "-}}",
      "|",
      "(",
      ")",
      "$labels",
      "$value",
      ".",
      ":=",
      "=",
      "range",
      "if",
      "end",
    ),
    fc.constantFrom(
      "else",
      "with",
      "define",
      '"t"',
      "template",
      "printf",
      '"%s%d%*.*f"',
      "index",
      "slice",
      "len",
      "0",
      "-1",
    ),
    fc.constantFrom(
      "1.5",
      "nil",
      "true",
      " ",
      "eq",
      "humanize",
      "first",
      "query",
      "args",
      "call",
      "`",
      "'x'",
      ",",
    ),
    fc.constantFrom(...templates),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 12 }), async (parts) => {
      let template: Template;
      try {
        template = new Template(parts.join(" "), "A");
      } catch (error) {
        if (error instanceof TemplateError) return;
        throw error;
      }
      expect(typeof (await template.expand(data))).toBe("string");
    }),
    { numRuns: runs(3_000) },
  );
});

test("templates of an experimental group have experimental parts of PromQL", async () => {
  const annotations = { of: '{{ query "min_of(3, 2)" | first | value }}' };
  const rule = { alert: "A", expr: "x > 0", annotations };
  const { run, engine } = engineOver([{ name: "g", experimental: true, rules: [rule] }], { x: "1x9" });
  await run(0, 1);
  expect(engine.active()).toMatchObject([{ annotations: { of: "2" } }]);
});
