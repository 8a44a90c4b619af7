import { expect, test } from "vitest";
import type { ViewOptions } from "tachymeter/metrics";
import { metricsOf, ourProvider } from "../our-provider.ts";

test.each<[ViewOptions, readonly string[]]>([
  [{ instrumentName: "*" }, ["http.a", "http.b", "http.ab", "db+a"]],
  [{ instrumentName: "http.?" }, ["http.a", "http.b"]],
  [{ instrumentName: "http.??" }, ["http.ab"]],
  [{ instrumentName: "*.a*" }, ["http.a", "http.ab"]],
  [{ instrumentName: "h*p.*b" }, ["http.b", "http.ab"]],
  [{ instrumentName: "http*" }, ["http.a", "http.b", "http.ab"]],
  [{ instrumentName: "httpXa" }, []],
  [{ instrumentName: "db+a" }, ["db+a"]],
  [{ instrumentName: "db+?" }, ["db+a"]],
  [{ instrumentName: "HTTP.a" }, []],
  [{ meterSchemaUrl: "https://example.org/schema" }, []],
  [{ meterVersion: "2" }, []],
])("a view with the selectors %o selects %o", async (selectors, selected) => {
  const { meter, reader } = ourProvider({ views: [{ ...selectors, description: "selected" }] });
  for (const name of ["http.a", "http.b", "http.ab", "db+a"]) meter.createCounter(name).add(1);
  const described = (await metricsOf(reader)).filter(({ descriptor }) => descriptor.description !== "");
  expect(described.map(({ descriptor }) => descriptor.name)).toEqual(selected);
});

test("a view for a schema URL does not select meters without one", async () => {
  const meterSchemaUrl = "https://example.org/schema";
  const { provider, reader } = ourProvider({ views: [{ meterSchemaUrl, description: "selected" }] });
  provider.getMeter("a").createCounter("without").add(1);
  provider.getMeter("a", "", { schemaUrl: meterSchemaUrl }).createCounter("with").add(1);
  const described = (await metricsOf(reader)).map(({ descriptor }) => [
    descriptor.name,
    descriptor.description,
  ]);
  expect(described).toEqual([
    ["without", ""],
    ["with", "selected"],
  ]);
});
