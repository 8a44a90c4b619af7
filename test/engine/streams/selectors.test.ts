import { diag } from "@opentelemetry/api";
import { expect, onTestFinished, test } from "vitest";
import {
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
  type ViewOptions,
} from "tachymeter/metrics";
import { collectWarnings } from "../../kit/collect-warnings.ts";
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

test("a view with the names that Prometheus shows is logged once, with OpenTelemetry's names", () => {
  const warnings = collectWarnings();
  onTestFinished(() => diag.disable());
  const drop = createDenyListAttributesProcessor(["app_route", "app_user_*", "plain_key"]);
  const keep = createAllowListAttributesProcessor(["app_route", "app.route"]);
  const views: ViewOptions[] = [
    { instrumentName: "app_request_duration_seconds" },
    { instrumentName: "app_visits_total" },
    { instrumentName: "app_visits_count" },
    { instrumentName: "app_size_*" },
    { instrumentName: "app_size" },
    { instrumentName: "app.visits", attributesProcessors: [drop] },
    { instrumentName: "app.request.duration", attributesProcessors: [keep] },
  ];
  const { meter } = ourProvider({ views });
  const visits = meter.createCounter("app.visits");
  const duration = meter.createHistogram("app.request.duration", { unit: "s" });
  meter.createCounter("app_size");
  for (let user = 0; user < 3; user++) {
    visits.add(1, { "app.route": "/", plain_key: 1, "app.user.id": user });
    duration.record(1, { "app.route": "/" });
  }
  const rule = "must be a name of OpenTelemetry, got";
  expect(warnings).toEqual([
    `view "app_visits_total": instrumentName ${rule} that of Prometheus; use "app.visits"; this is logged once`,
    `view "app_request_duration_seconds": instrumentName ${rule} that of Prometheus; use "app.request.duration"; this is logged once`,
    `view of "app.visits": attribute "app_route" ${rule} a label of Prometheus; use "app.route"; this is logged once`,
  ]);
});
