import { expect, test } from "vitest";
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

test("options of an OTLP exporter that are not an object are refused", () => {
  expect(() => Reflect.construct(OtlpExporter, ["http"])).toThrow(
    `OtlpExporter: options must be an object such as { protocol: "grpc" }, got "http"`,
  );
});
