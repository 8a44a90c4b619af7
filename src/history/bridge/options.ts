// What `BridgeTelemetry` takes, and what is wrong with it.
import { show } from "../../diagnostics/show.ts";

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

/** The same, checked, with its defaults. */
export interface BridgeOptions {
  readonly logPath: string | undefined;
  readonly console: boolean;
  readonly connection: string | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly eventsDays: number | undefined;
  readonly metricsDays: number | undefined;
}

/** Thrown where `BridgeTelemetry` is given a configuration that it cannot work with; says everything that is wrong. */
export class BridgeConfigError extends Error {
  override readonly name = "BridgeConfigError";
  readonly code = "TACHYMETER_BRIDGE_CONFIG";
}

type Section = Readonly<Record<string, unknown>>;

/** @throws BridgeConfigError with everything that is wrong. */
export function bridgeOptionsFrom(config: unknown): BridgeOptions {
  const reading = new Reading();
  const whole = reading.section("config", config);
  const logger = reading.section("logger_config", whole["logger_config"]);
  const storage = reading.section("storage_config", whole["storage_config"]);
  const retention = reading.section("retention_policy", whole["retention_policy"]);
  const days = (kind: string): number | undefined => {
    const name = `retention_policy.${kind}`;
    return reading.days(`${name}.duration_days`, reading.section(name, retention[kind])["duration_days"]);
  };
  const options: BridgeOptions = {
    logPath: reading.text("logger_config.log_path", logger["log_path"]),
    console: reading.flag("logger_config.enable_console", logger["enable_console"]) ?? false,
    connection: reading.text("storage_config.connection_string", storage["connection_string"]),
    headers: reading.headers("storage_config.headers", storage["headers"]),
    eventsDays: days("events"),
    metricsDays: days("metrics"),
  };
  reading.end();
  return options;
}

// Nothing given is never wrong: `undefined` and, for documents that come from JSON, `null`.
class Reading {
  readonly #problems: string[] = [];

  section(name: string, given: unknown): Section {
    if (isSection(given)) return given;
    this.#expect(name, given, "an object");
    return {};
  }

  text(name: string, given: unknown): string | undefined {
    if (typeof given === "string" && given.trim() !== "") return given;
    return this.#expect(name, given, "a path or a URL");
  }

  flag(name: string, given: unknown): boolean | undefined {
    return typeof given === "boolean" ? given : this.#expect(name, given, "true or false");
  }

  days(name: string, given: unknown): number | undefined {
    return typeof given === "number" && given > 0 && Number.isFinite(given)
      ? given
      : this.#expect(name, given, "a number of days above 0");
  }

  headers(name: string, given: unknown): Readonly<Record<string, string>> | undefined {
    if (isTextRecord(given)) return given;
    // Their values are secrets: not shown.
    return this.#expect(
      name,
      given === undefined || given === null ? given : typeof given,
      "an object of texts",
    );
  }

  end(): void {
    if (this.#problems.length > 0) throw new BridgeConfigError(this.#problems.join("; "));
  }

  #expect(name: string, given: unknown, allowed: string): undefined {
    if (given === undefined || given === null) return;
    const shown = show(given);
    this.#problems.push(`option "${name}" of the bridge: ${shown} is not what it may be; give ${allowed}`);
  }
}

function isSection(given: unknown): given is Section {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}

function isTextRecord(given: unknown): given is Readonly<Record<string, string>> {
  return isSection(given) && Object.values(given).every((each) => typeof each === "string");
}
