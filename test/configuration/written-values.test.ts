// Texts of a file that look like numbers, and fields that only the format's root allows.
import { expect, test } from "vitest";
import { parse as yaml } from "yaml";
import { configurationFile } from "../../src/configuration/index.ts";
import { allSteps } from "../../src/io/yield.ts";
import { upstreamErrors } from "./published-schema.ts";

const parse = (text: string, environment: Readonly<Record<string, string>> = {}) =>
  allSteps(configurationFile("otel.yaml", `file_format: "1.1"\n${text}`, environment));

const DIGITS = ["00123456", "12345678901234567890", "123e45", "0x1f", "1.10", "+5", "7", "true"];

test.each(DIGITS)("header and attribute %s are sent as they are written", (value) => {
  const { options, problems } = parse(
    `
resource:
  attributes:
    - name: service.version
      value: \${VALUE}
    - name: all
      value: ["a", "\${VALUE}"]
meter_provider:
  readers:
    - periodic:
        exporter:
          otlp_http:
            headers:
              - name: api-key
                value: \${VALUE}
`,
    { VALUE: value },
  );
  expect(problems).toEqual([]);
  expect(options["readers"]).toMatchObject([{ headers: { "api-key": value } }]);
  const { "service.version": version, all } = Object(options["resource"]);
  expect([String(version), all]).toEqual([value, ["a", value]]);
});

test("a list of numbers without a type stays one, unless its digits would change", () => {
  const attributes = "[{ name: a, value: [1, 2] }, { name: b, value: [1.10, 007] }]";
  const { options, problems } = parse(`resource: { attributes: ${attributes} }\n`);
  expect(problems).toEqual([]);
  expect(options["resource"]).toEqual({ a: [1, 2], b: ["1.10", "007"] });
});

test.each([
  ["[0.5, 1.0]", ["0.5", "1.0"]],
  ["[10, 1e3]", ["10", "1e3"]],
])("all numbers of the list %s are texts", (list, expected) => {
  const { options, problems } = parse(`resource: { attributes: [{ name: a, value: ${list} }] }\n`);
  expect(problems).toEqual([]);
  expect(options["resource"]).toEqual({ a: expected });
});

test.each(["{ <<: *h, name: b, value: abc }", "{ name: b, value: abc, <<: *h }"])(
  "an own value is sent in place of a merged number: %s",
  (entry) => {
    const { options, problems } = parse(
      `x-h: &h { value: 1.10 }\nresource: { attributes: [{ <<: *h, name: a }, ${entry}] }\n`,
    );
    expect(problems).toEqual([]);
    expect(options["resource"]).toEqual({ a: "1.10", b: "abc" });
  },
);

test("an own number is sent in place of a merged one", () => {
  const entries = "[{ <<: *h, name: a, value: 7 }, { name: b, value: 7, <<: *h }]";
  const { options } = parse(`x-h: &h { value: 1.10 }\nresource: { attributes: ${entries} }\n`);
  expect(options["resource"]).toEqual({ a: 7, b: 7 });
});

test("a field that begins with x- is ignored, also if it contains the name of another", () => {
  const { options, problems } = parse(
    "x-resource: &r { attributes: [{ name: a, value: b }] }\nresource: *r\n",
  );
  expect(problems).toEqual([]);
  expect(options["resource"]).toEqual({ a: "b" });
});

test("an attribute with a type of numbers is a number, and one without a value is left out", () => {
  const attributes = "[{ name: a, value: 1.10, type: double }, { name: b, value: 0x1f, type: int }]";
  const { options, problems } = parse(`resource: { attributes: ${attributes} }\n`);
  expect(problems).toEqual([]);
  expect(options["resource"]).toEqual({ a: 1.1, b: 31 });
  expect(parse("resource: { attributes: [{ name: c, value: }] }\n").options["resource"]).toEqual({});
});

test("a field at the root that holds an anchor is ignored with a warning, as the published schema allows it", () => {
  const text = `
x-otlp: &otlp { endpoint: "http://collector:4318/v1/metrics", compression: gzip }
meter_provider: { readers: [{ periodic: { exporter: { otlp_http: *otlp } } }] }
`;
  const { options, problems, warnings } = parse(text);
  expect(problems).toEqual([]);
  expect(options["readers"]).toMatchObject([{ url: "http://collector:4318/v1/metrics" }]);
  expect(warnings).toEqual(["otel.yaml: fields are not in the format and were ignored: x-otlp"]);
  expect(upstreamErrors(yaml(`file_format: "1.1"\n${text}`))).toBe(null);
});
