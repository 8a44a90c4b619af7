// What `BridgeTelemetry` takes, and what is wrong with it.
import { parsed, type RawOptions } from "../../options/parser.ts";
import { check, flag, isObject, number, text, texts, type Check } from "../../options/check.ts";

/** What `BridgeTelemetry` takes; what it does not know is left alone, since such a document may be shared. */
export interface BridgeConfig {
  readonly logger_config?: {
    /**
     * File of JSON lines for errors; its folder is made. None unless given. Payloads are written without secrets: values
     * whose keys sound like one, headers, and credentials in URLs.
     */
    readonly log_path?: string;
    /** Whether errors are written to the console, too. @defaultValue false */
    readonly enable_console?: boolean;
  };
  readonly storage_config?: {
    /** Any name: there is one kind of store, and the connection says where it is. */
    readonly backend?: string;
    /**
     * The store's file, whose folder is made, or the URL of a remote history, as `http://prometheus:9090`. Without it
     * the running Tachymeter's history, and without that one in memory.
     */
    readonly connection_string?: string;
    /** Headers of requests to a remote history. */
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** Of a store of the bridge's own. The running Tachymeter's history keeps its own. */
  readonly retention_policy?: {
    /** @defaultValue 7 days */
    readonly events?: { readonly duration_days: number };
    /** @defaultValue 30 days */
    readonly metrics?: { readonly duration_days: number };
  };
}

export interface BridgeOptions {
  readonly logPath: string | undefined;
  readonly console: boolean;
  readonly connection: string | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly eventsDays: number | undefined;
  readonly metricsDays: number | undefined;
}

const DAYS = number("be a number of days above 0", 0, true);
const PATH_OR_URL: Check<string> = { ...text, must: "be a path or a URL" };

/** @throws OptionsError with everything that is wrong */
export function bridgeOptionsFrom(config: unknown): BridgeOptions {
  return parsed("bridge", (parser) => {
    const section = (name: string, given: unknown): RawOptions => value(name, given, OBJECT) ?? {};
    // JSON has null for missing values.
    const value = <T>(name: string, given: unknown, rule: Check<T>): T | undefined =>
      parser.optional(name, given ?? undefined, rule);
    const whole = section("config", config);
    const logger = section("logger_config", whole["logger_config"]);
    const storage = section("storage_config", whole["storage_config"]);
    const retention = section("retention_policy", whole["retention_policy"]);
    const days = (kind: string): number | undefined => {
      const name = `retention_policy.${kind}`;
      return value(`${name}.duration_days`, section(name, retention[kind])["duration_days"], DAYS);
    };
    return {
      logPath: value("logger_config.log_path", logger["log_path"], PATH_OR_URL),
      console: value("logger_config.enable_console", logger["enable_console"], flag) ?? false,
      connection: value("storage_config.connection_string", storage["connection_string"], PATH_OR_URL),
      headers: value("storage_config.headers", storage["headers"], texts),
      eventsDays: days("events"),
      metricsDays: days("metrics"),
    };
  });
}

const OBJECT = check("be an object", isObject);
