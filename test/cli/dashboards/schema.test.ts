import { Ajv, type ValidateFunction } from "ajv";
import { describe, expect, test } from "vitest";
import { classicDashboard } from "../../../src/cli/dashboards/classic.ts";
import { v2Dashboard } from "../../../src/cli/dashboards/v2.ts";
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

  test("the classic format fits Grafana's types", () => {
    for (const dashboard of dashboards) {
      const document: { panels: Drawn[] } = JSON.parse(textOf(classicDashboard(dashboard, syntax)));
      expect(problemsOf("dashboard.Dashboard", document)).toEqual([]);
      const panels = document.panels.flatMap((panel) =>
        panel.type === "row" ? (panel.panels ?? []) : panel,
      );
      expect(panels.length).toBeGreaterThan(0);
      for (const panel of panels) expect(problemsOfPlugin(panel)).toEqual([]);
    }
  });

  test("the resource of version 2 fits Grafana's types", () => {
    for (const dashboard of dashboards) {
      const document: { spec: { elements: Record<string, Element> } } = JSON.parse(
        textOf(v2Dashboard(dashboard, syntax)),
      );
      expect(document).toMatchObject({ apiVersion: "dashboard.grafana.app/v2", kind: "Dashboard" });
      expect(problemsOf("dashboardv2.Dashboard", document.spec)).toEqual([]);
      for (const { spec } of Object.values(document.spec.elements)) {
        const { group: type, spec: drawn } = spec.vizConfig;
        expect(problemsOfPlugin({ ...drawn, type, title: spec.title })).toEqual([]);
      }
    }
  });
});

test("a document with an unknown or a missing field is refused", () => {
  const [first] = dashboardsFor(SHOP, syntax);
  const document: object = JSON.parse(textOf(classicDashboard(first!, syntax)));
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

interface Element {
  readonly spec: {
    readonly title: string;
    readonly vizConfig: { readonly group: string; readonly spec: Pick<Drawn, "options" | "fieldConfig"> };
  };
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
