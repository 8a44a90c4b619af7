// Options of `BridgeTelemetry`.
import { parsed, type RawOptions } from "../../options/parser.ts";
import { check, flag, isObject, number, text, texts, type Check } from "../../options/check.ts";

/**
 * Configuration of `BridgeTelemetry`. Unknown keys are ignored, because the document may be shared with other programs.
 */
export interface BridgeConfig {
  /** Log of errors. */
  readonly logger_config?: {
    /**
     * Log file of errors in JSON lines. Its folder is created. None by default. Secrets are removed: values of keys
     * that look secret, headers, and credentials in URLs.
     */
    readonly log_path?: string;
    /** Whether errors are also written to the console. @defaultValue false */
    readonly enable_console?: boolean;
  };
  /** Location of the store. */
  readonly storage_config?: {
    /** Any name is accepted: there is one kind of store, and `connection_string` sets its location. */
    readonly backend?: string;
    /**
     * A file, whose folder is created, or the URL of a remote history, such as `http://prometheus:9090`. The default is
     * the running Tachymeter's history, else memory.
     */
    readonly connection_string?: string;
    /** Headers of requests to a remote history. */
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** Retention of the bridge's own store. The running Tachymeter's history has its own retention. */
  readonly retention_policy?: {
    /** Retention of events. @defaultValue 7 days */
    readonly events?: {
      /** Number of days, above 0. */
      readonly duration_days: number;
    };
    /** Retention of metrics. @defaultValue 30 days */
    readonly metrics?: {
      /** Number of days, above 0. */
      readonly duration_days: number;
    };
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

/** @throws OptionsError with all invalid options */
export function bridgeOptionsFrom(config: unknown): BridgeOptions {
  return parsed("bridge", (parser) => {
    const section = (name: string, given: unknown): RawOptions => value(name, given, OBJECT) ?? {};
    // JSON uses null for missing values.
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
