// The licenses of packages whose code is in the build.
import { readFileSync } from "node:fs";

const WITH_LICENSE = ["re2js", "yaml", "zod"];

/** By the name of the package's folder: the first lines of a file with its code. */
export const NOTICES = {
  "@opentelemetry": "/*! Contains code of OpenTelemetry, Copyright The OpenTelemetry Authors, Apache-2.0. */",
  "@modelcontextprotocol": "/*! Contains code of the MCP TypeScript SDK, Copyright Anthropic, Apache-2.0. */",
  ...Object.fromEntries(WITH_LICENSE.map((name) => [name, noticeOf(name)])),
};

function noticeOf(name) {
  return `/*! Contains code of ${name}.\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8")}*/`;
}
