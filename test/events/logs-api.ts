/** API of the global logger provider: the API's own `logs` from 1.10 on, before that the package `api-logs`. */
import * as api from "@opentelemetry/api";
import type { LoggerProvider } from "@opentelemetry/sdk-logs";

/** The part that tests need. */
export interface LogsApi {
  setGlobalLoggerProvider(provider: LoggerProvider): unknown;
  disable(): void;
}

/** The `logs` of the installed API. */
export async function logsOfApi(): Promise<LogsApi> {
  const own: unknown = Reflect.get(api, "logs");
  if (isLogsApi(own)) return own;
  const { logs }: { readonly logs: unknown } = await import("@opentelemetry/api-logs");
  if (isLogsApi(logs)) return logs;
  throw new Error("neither @opentelemetry/api nor @opentelemetry/api-logs has logs");
}

function isLogsApi(value: unknown): value is LogsApi {
  return typeof value === "object" && value !== null && "setGlobalLoggerProvider" in value;
}
