import { isObject } from "./check.ts";
import { show } from "../diagnostics/show.ts";
import { listFrom } from "./environment.ts";
import type { Parser } from "./parser.ts";

/** Our own instrumentations by the names of their switches. */
// oxfmt-ignore
export const INSTRUMENTATION_NAMES = [
  "amqplib",
  "aws_sqs",
  "bullmq",
  "kafkajs",
  "platformatic_kafka",
  "mongodb",
  "mqtt",
  "mysql2",
  "pg",
  "ioredis",
  "redis",
  "nats",
  "ws",
  "socket_io",
  "socket_io_redis_adapter",
  "child_process",
  "worker_threads",
  "piscina",
  "tinypool",
  "workerpool",
  "http",
  "cluster",
  "etcd3",
  "redlock",
  "godaddy_terminus",
  "nestjs_terminus",
  "opossum",
  "grpc_health_check",
] as const;
export type InstrumentationName = (typeof INSTRUMENTATION_NAMES)[number];

/** What is left to upstream's instrumentations alone, switched by these names; `http`, `pg` and `mongodb` are ours and theirs. */
export const UPSTREAM_NAMES = ["undici"] as const;
export type SwitchName = InstrumentationName | (typeof UPSTREAM_NAMES)[number];

const SWITCH_NAMES: readonly SwitchName[] = [...INSTRUMENTATION_NAMES, ...UPSTREAM_NAMES];

/** What is enabled, with the options of each; absent is off. */
export type InstrumentationSettings = Readonly<
  Partial<Record<SwitchName, Readonly<Record<string, unknown>>>>
>;

/**
 * Reads option `instrumentations` where it is an object by name, and `OTEL_NODE_ENABLED_INSTRUMENTATIONS` and
 * `OTEL_NODE_DISABLED_INSTRUMENTATIONS`; a dash or a dot does for an underscore. An array holds the caller's own
 * instrumentations, which come on top.
 */
export function readInstrumentations(parser: Parser): InstrumentationSettings {
  const byName = namedOptions(parser);
  const enabled = namesFrom(parser, "OTEL_NODE_ENABLED_INSTRUMENTATIONS");
  const disabled = namesFrom(parser, "OTEL_NODE_DISABLED_INSTRUMENTATIONS");
  const settings: Partial<Record<SwitchName, Readonly<Record<string, unknown>>>> = {};
  for (const name of SWITCH_NAMES) {
    const option = byName[name];
    const fromEnvironment = (enabled.length === 0 || enabled.includes(name)) && !disabled.includes(name);
    if (option === undefined ? fromEnvironment : !isOff(option))
      settings[name] = isObject(option) ? option : {};
  }
  return settings;
}

// Other instrumentations are switched by the same variables, so a name that is none of ours is no error.
function namesFrom({ environment, warnings }: Parser, variable: string): readonly string[] {
  const names = listFrom(environment, variable);
  const others = names.filter((name) => !isSwitchName(ourName(name)));
  if (others.length > 0) {
    warnings.push(
      `variable ${variable} names ${others.map((name) => show(name)).join(", ")}, none of which is an instrumentation of tachymeter; those are ${SWITCH_NAMES.join(", ")}`,
    );
  }
  return names.map(ourName);
}

function namedOptions(parser: Parser): Readonly<Record<string, unknown>> {
  const given = parser.options["instrumentations"];
  if (given === undefined) return {};
  if (Array.isArray(given)) {
    given.forEach((entry: unknown, index) => {
      if (!isInstrumentation(entry)) {
        parser.problem(
          `instrumentations[${index}]`,
          entry,
          "be an Instrumentation, such as new HttpInstrumentation()",
        );
      }
    });
    return {};
  }
  if (!isObject(given)) {
    parser.problem(
      "instrumentations",
      given,
      "be an array of Instrumentations or an object by name: { mqtt: false }",
    );
    return {};
  }
  for (const [name, value] of Object.entries(given)) {
    if (!isSwitchName(ourName(name))) {
      parser.problem(`instrumentations.${name}`, value, `be one of the names ${SWITCH_NAMES.join(", ")}`);
    } else if (typeof value !== "boolean" && !isObject(value)) {
      parser.problem(`instrumentations.${name}`, value, "be true, false or an object of its options");
    }
  }
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [ourName(name), value]));
}

// Upstream's way to register instrumentations enables all of them, whatever their own options say.
function isOff(option: unknown): boolean {
  return option === false || (isObject(option) && option["enabled"] === false);
}

function isSwitchName(name: string): boolean {
  return SWITCH_NAMES.some((known) => known === name);
}

// Upstream's names are written with dashes, and one with a dot: `socket.io`.
function ourName(given: string): string {
  return given.replaceAll(/[-.]/g, "_");
}

function isInstrumentation(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value["enable"] === "function" &&
    typeof value["setMeterProvider"] === "function"
  );
}
