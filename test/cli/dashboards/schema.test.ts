import { Ajv, type ValidateFunction } from "ajv";
import { describe, expect, test } from "vitest";
import { grafanaDashboard } from "../../../src/cli/dashboards/grafana-dashboard.ts";
import { dashboardsFor } from "../../../src/cli/dashboards/index.ts";
import { format, parse } from "../../../src/query/index.ts";
import { grafanaDefinitions } from "./grafana-schema.ts";
import { HOSTILE, SHOP } from "./instruments.ts";

const syntax = { parse, format };
const definitions = grafanaDefinitions();
const ajv = new Ajv({ strict: false });
const validators = new Map<string, ValidateFunction>();

function problemsOf(type: string, value: unknown): readonly string[] {
  const validate = validators.get(type) ?? ajv.compile({ $ref: `#/definitions/${type}`, definitions });
  validators.set(type, validate);
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message = "" }) => `${instancePath} ${message}`);
}

const PLUGINS: Readonly<Record<string, string>> = {
  timeseries: "timeseries",
  "state-timeline": "statetimeline",
  heatmap: "heatmap",
};

describe.each([
  ["of the catalogue", undefined],
  ["of a shop", SHOP],
  ["of hostile names", HOSTILE],
])("dashboards %s", (_, instruments) => {
  const dashboards = dashboardsFor(instruments, syntax);

  test("the JSON fits Grafana's types", () => {
    for (const dashboard of dashboards) {
      const document: { panels: Drawn[] } = JSON.parse(textOf(grafanaDashboard(dashboard, syntax)));
      expect(problemsOf("dashboard.Dashboard", document)).toEqual([]);
      const panels = document.panels.flatMap((panel) =>
        panel.type === "row" ? (panel.panels ?? []) : panel,
      );
      expect(panels.length).toBeGreaterThan(0);
      for (const panel of panels) expect(problemsOfPlugin(panel)).toEqual([]);
    }
  });
});

test("a document with an unknown or a missing field is refused", () => {
  const [first] = dashboardsFor(SHOP, syntax);
  const document: object = JSON.parse(textOf(grafanaDashboard(first!, syntax)));
  expect(problemsOf("dashboard.Dashboard", { ...document, titel: "x" })).toEqual([
    " must NOT have additional properties",
  ]);
  expect(problemsOf("dashboard.Dashboard", { ...document, schemaVersion: undefined })).not.toEqual([]);
  expect(problemsOfPlugin({ type: "timeseries", title: "x", options: {}, fieldConfig: FIELDS })).not.toEqual(
    [],
  );
});

const FIELDS = { defaults: { custom: {} } };

interface Drawn {
  readonly type: string;
  readonly title: string;
  readonly options: object;
  readonly fieldConfig: { readonly defaults: { readonly custom: object } };
  readonly panels?: readonly Drawn[];
}

function problemsOfPlugin({ type, options, fieldConfig }: Drawn): readonly string[] {
  const module = PLUGINS[type] ?? type;
  return [
    ...problemsOf(`${module}.Options`, options),
    ...problemsOf(`${module}.FieldConfig`, fieldConfig.defaults.custom),
  ];
}

function textOf(document: object): string {
  return JSON.stringify(document);
}
