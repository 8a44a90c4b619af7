import { expect, test } from "vitest";
import { readConfiguration } from "../../src/options/index.ts";

const URLS = "http://127.0.0.1:9093, https://alerts.example/am";
const RECEIVERS = [
  { type: "alertmanager", url: "http://127.0.0.1:9093" },
  { type: "alertmanager", url: "https://alerts.example/am" },
];

test("TACHYMETER_ALERTMANAGER names the receivers, unless option receivers does", () => {
  const environment = { TACHYMETER_ALERTS: "true", TACHYMETER_ALERTMANAGER: URLS };
  expect(readConfiguration({}, environment).givenAlerts?.options).toEqual({ receivers: RECEIVERS });
  const rules = { rules: ["a.yml"] };
  expect(readConfiguration({ alerts: rules }, environment).givenAlerts?.options).toEqual({
    ...rules,
    receivers: RECEIVERS,
  });
  const receivers = [{ type: "log" }];
  expect(readConfiguration({ alerts: { receivers } }, environment).givenAlerts?.options).toEqual({
    receivers,
  });
});

test("TACHYMETER_ALERTMANAGER alone is ignored with a warning, and must have URLs", () => {
  const alone = readConfiguration({}, { TACHYMETER_ALERTMANAGER: URLS });
  expect(alone.givenAlerts).toBeUndefined();
  expect(alone.warnings).toEqual([
    "variable TACHYMETER_ALERTMANAGER was ignored, since alerts are off; set TACHYMETER_ALERTS=true",
  ]);
  const wrong = readConfiguration({ alerts: true }, { TACHYMETER_ALERTMANAGER: "alerts:9093" });
  expect(wrong.problems).toMatchObject([{ name: "TACHYMETER_ALERTMANAGER" }]);
});

test("TACHYMETER_ALERTS has the words of other variables, or names files", () => {
  const alertsOf = (TACHYMETER_ALERTS: string): unknown =>
    readConfiguration({}, { TACHYMETER_ALERTS }).givenAlerts?.options;
  for (const word of ["true", "1", "Yes", " on "]) expect(alertsOf(word)).toEqual({});
  for (const word of ["false", "0", "No", "off", ""]) expect(alertsOf(word)).toBeUndefined();
  expect(alertsOf("a.yml, on.yml")).toEqual({ rules: ["a.yml", "on.yml"] });
});
