import { expect, onTestFinished, test, vi } from "vitest";
import { OtlpExporter } from "tachymeter/otlp";
import { OptionsError, readConfiguration } from "../../src/options/index.ts";

test("headers that cannot be sent are refused, and logged if a variable has them, without their values", () => {
  const headers = { authorization: "hunter2\nhunter3" };
  for (const reader of [
    { type: "otlp", headers },
    { type: "remote-write", url: "http://localhost", headers },
    { type: "otlp", headers: { "a b": "hunter2" } },
  ] as const) {
    const { problems } = readConfiguration({ readers: [reader] }, {});
    expect(problems).toMatchObject([
      { name: "readers[0].headers", must: expect.stringContaining("one line") },
    ]);
    expect(new OptionsError("", problems).message).not.toContain("hunter");
  }
  expect(() => new OtlpExporter({ headers })).toThrow(
    "headers must be an object of HTTP headers, each value one line, got { authorization: 'a string' }",
  );
  const warningsWith = (value: string): readonly string[] =>
    readConfiguration({}, { OTEL_METRICS_EXPORTER: "otlp", OTEL_EXPORTER_OTLP_HEADERS: value }).warnings;
  // White space around a value is not part of it.
  expect(warningsWith("a=b\n, c=Bearer%20d\n")).toEqual([]);
  for (const value of ["a=hunter2\nhunter3", "a=hunter2%0Ahunter3", "a b=hunter2"]) {
    expect(warningsWith(value)).toEqual([
      "variable OTEL_EXPORTER_OTLP_HEADERS must have HTTP headers, each value one line; exports with other headers fail",
    ]);
  }
});

test.each([
  ["api-key", "s\u00e9cret-hunter2"],
  ["api-key", "hunter2\t"],
  ["api+key", "hunter2"],
  ["api-BIN", "hunter2"],
])("a header that grpc cannot send is refused without its value: %s", (name, value) => {
  const headers = { [name]: value };
  const rule = "must have names of letters, digits, '_', '.' and '-'";
  const textOf = (make: () => unknown): string => {
    try {
      make();
    } catch (error) {
      return String(error);
    }
    return "";
  };
  const reader = { type: "otlp", protocol: "grpc", headers } as const;
  const variables = {
    OTEL_METRICS_EXPORTER: "otlp",
    OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: `a=b,${encodeURIComponent(name)}=${encodeURIComponent(value)}x,=c`,
  };
  const texts = [
    textOf(() => new OtlpExporter({ protocol: "grpc", headers })),
    String(new OptionsError("", readConfiguration({ readers: [reader] }, {}).problems)),
    String(new OptionsError("", readConfiguration({}, variables).problems)),
  ];
  for (const [variable, text] of Object.entries(variables)) vi.stubEnv(variable, text);
  onTestFinished(() => void vi.unstubAllEnvs());
  texts.push(textOf(() => new OtlpExporter({ protocol: "grpc" })));
  for (const text of texts) {
    expect(text).toMatch(/^OptionsError: /);
    expect(text).toContain(rule);
    expect(text).not.toContain("hunter");
  }
  expect(texts[1]).toContain("readers[0].headers must");
  expect(texts[2]).toContain("OTEL_EXPORTER_OTLP_METRICS_HEADERS must");
});

test("options of an OTLP exporter that are not an object are refused", () => {
  expect(() => Reflect.construct(OtlpExporter, ["http"])).toThrow(
    `OtlpExporter: options must be an object such as { protocol: "grpc" }, got "http"`,
  );
});
