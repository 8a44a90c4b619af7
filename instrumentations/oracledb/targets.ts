// Databases that connections and pools of `oracledb` lead to. Only host, port and service are taken from connect strings.
import { type DatabaseTarget, targetFrom } from "../shared/database-operations.ts";
import { fieldOf } from "../shared/fields.ts";

const DEFAULT_PORT = 1521;

// `[protocol://]host[,host…][:port][/service][:server][/instance][?parameters]`, or a name in `tnsnames.ora`.
const EASY_CONNECT =
  /^(?:(?:tcps?:)?\/\/)?(\[[\da-f:]+\]|\w[\w.-]*)(?:[,;][^/?@()]*?)?(?::(\d+))?(?:[,;][^/?@()]*)?(\/[\w.,-]*)?(?::\w+)?(?:\/\w+)?(?:\?.*)?$/i;

/** Returns the database of a connection, from what is known without a call. */
export function targetOf(connection: unknown): DatabaseTarget {
  const impl = fieldOf(connection, "_impl");
  // Versions 6.0 to 6.2 know no name.
  const name = fieldOf(impl, "dbUniqueName") ?? fieldOf(impl, "dbName");
  const namespace = typeof name === "string" ? name : "";
  const server = fieldOf(fieldOf(impl, "nscon"), "ntAdapter");
  const host = fieldOf(server, "hostName");
  if (typeof host === "string") return targetFrom(host, fieldOf(server, "port"), namespace, DEFAULT_PORT);
  // In thick mode, and if the connection is lost.
  const text = fieldOf(impl, "_connectString") ?? fieldOf(fieldOf(connection, "_pool"), "connectString");
  return { address: "", port: 0, ...targetOfConnectString(text), namespace };
}

/**
 * Returns the database of a pool, or of its part in thin mode, by the connect string. The namespace is the service. `undefined`
 * if the string has another form.
 */
export function targetOfPool(pool: object): DatabaseTarget | undefined {
  return targetOfConnectString(
    fieldOf(pool, "connectString") ?? fieldOf(fieldOf(pool, "_userConfig"), "connectString"),
  );
}

function targetOfConnectString(text: unknown): DatabaseTarget | undefined {
  if (typeof text !== "string") return undefined;
  const [, host, port, service] = /^\s*\(/.test(text)
    ? ["", ...["HOST", "PORT", "SERVICE_NAME|SID"].map((name) => parameterOf(text, name))]
    : (EASY_CONNECT.exec(text.replaceAll(/\s/g, "")) ?? []);
  if (host === undefined) return undefined;
  const isAlias = port === undefined && service === undefined;
  return {
    address: host.replace(/^\[|\]$/g, ""),
    port: isAlias ? 0 : Number(port ?? DEFAULT_PORT),
    namespace: service?.replace("/", "") ?? "",
  };
}

// The first one of a descriptor: `(DESCRIPTION=(ADDRESS=(HOST=…)(PORT=…))(CONNECT_DATA=(SERVICE_NAME=…)))`.
function parameterOf(descriptor: string, name: string): string | undefined {
  return new RegExp(String.raw`\(\s*(?:${name})\s*=\s*([\w.:-]+)\s*\)`, "i").exec(descriptor)?.[1];
}
