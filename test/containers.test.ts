import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { HEALTH_PATHS } from "../src/facades/health/answer.ts";
import { readConfiguration } from "../src/options/index.ts";
import { fencesOf } from "./kit/markdown-blocks.ts";

const docs = resolve(import.meta.dirname, "..", "docs");

const blocks = readdirSync(docs)
  .filter((name) => name.endsWith(".md"))
  .flatMap((name) => fencesOf(readFileSync(join(docs, name), "utf8")).map((fence) => ({ name, ...fence })))
  .filter(({ info }) => /^yaml\b/.test(info));

test.each(blocks)("$name, line $line: the yaml block can be parsed", ({ text }) => {
  expect(parse(text)).toBeInstanceOf(Object);
});

test("the variables of the compose files configure readers on the shown ports, without problems", () => {
  const scraped = readConfiguration({}, texts(at(file("compose.yaml"), "services", "shop", "environment")));
  expect(scraped).toMatchObject({
    problems: [],
    warnings: [],
    readers: [{ kind: "prometheus", anyPort: false }],
  });
  const pushed = readConfiguration({}, texts(at(file("volume.yaml"), "services", "shop", "environment")));
  expect(pushed).toMatchObject({
    problems: [],
    warnings: [],
    readers: [{ kind: "otlp", outbox: { directory: "/var/lib/tachymeter/outbox" } }],
    history: { path: "/var/lib/tachymeter/shop.db" },
  });
});

test("the compose file checks the health on the port that Prometheus scrapes", () => {
  const compose = file("compose.yaml");
  const shop = at(compose, "services", "shop");
  const port = at(shop, "environment", "OTEL_EXPORTER_PROMETHEUS_PORT");
  expect(at(shop, "expose")).toEqual([port]);
  expect(String(at(shop, "healthcheck", "test"))).toContain(`http://127.0.0.1:${String(port)}/livez`);
  const prometheus = parse(String(at(compose, "configs", "prometheus", "content")));
  const targets = at(prometheus, "scrape_configs", "0", "static_configs", "0", "targets");
  expect(targets).toEqual([`shop:${String(port)}`]);
});

describe("the Kubernetes manifest", () => {
  const template = at(file("shop.yaml"), "spec", "template");
  const container = at(template, "spec", "containers", "0");
  const variables = entries(at(container, "env"));

  test("sets variables that configure a reader on the container's port, without problems", () => {
    const environment = texts(
      Object.fromEntries(variables.map((each) => [at(each, "name"), at(each, "value")])),
    );
    expect(readConfiguration({}, environment)).toMatchObject({
      problems: [],
      warnings: [],
      readers: [{ kind: "prometheus", anyPort: false }],
    });
    const port = at(container, "ports", "0", "containerPort");
    expect(environment["OTEL_EXPORTER_PROMETHEUS_PORT"]).toBe(String(port));
    expect(at(template, "metadata", "annotations", "prometheus.io/port")).toBe(String(port));
  });

  test("probes paths and a port that exist", () => {
    const name = at(container, "ports", "0", "name");
    for (const probe of ["livenessProbe", "readinessProbe"]) {
      expect(HEALTH_PATHS).toContain(at(container, probe, "httpGet", "path"));
      expect(at(container, probe, "httpGet", "port")).toBe(name);
    }
    expect(at(file("monitor.yaml"), "spec", "podMetricsEndpoints", "0", "port")).toBe(name);
  });

  test("uses only variables that come before, in its resource attributes", () => {
    const names = variables.map((each) => at(each, "name"));
    for (const [index, each] of variables.entries()) {
      const used = String(at(each, "value")).matchAll(/\$\((\w+)\)/g);
      for (const [, name] of used) expect(names.slice(0, index)).toContain(name);
    }
  });
});

function file(name: string): unknown {
  const block = blocks.find(({ info }) => info === `yaml file=${name}`);
  if (block === undefined) throw new Error(`no block "yaml file=${name}"`);
  return parse(block.text);
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((each, key) => Reflect.get(Object(each), key), value);
}

function entries(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(value: unknown): Record<string, string> {
  const pairs = Object.entries(Object(value)).filter(
    (pair): pair is [string, string] => typeof pair[1] === "string",
  );
  return Object.fromEntries(pairs);
}
