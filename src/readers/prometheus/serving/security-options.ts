// Who may scrape, and over what: options over environment variables.
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { Authentication, type Credentials, type Secret } from "./authentication.ts";
import { Certificates, type Material } from "./certificates.ts";
import { HIDDEN } from "../../../diagnostics/redact.ts";
import { isObject, type OptionReading, type RawOptions, variable } from "./option-reading.ts";
import { WatchedFile } from "./watched-file.ts";

/** A certificate, as texts in PEM or as files that hold them; files may be exchanged while the program runs. */
export interface TlsOptions {
  /** The certificate with those that lead to its authority; else `TACHYMETER_PROMETHEUS_TLS_CERT_FILE`. */
  readonly cert?: string | Uint8Array;
  readonly certFile?: string;
  /** Its private key; else `TACHYMETER_PROMETHEUS_TLS_KEY_FILE`. */
  readonly key?: string | Uint8Array;
  readonly keyFile?: string;
  /** What the key is encrypted with, if it is. */
  readonly passphrase?: string;
  /**
   * The authorities of clients' certificates: with them, a client must bring one that they have signed. Else
   * `TACHYMETER_PROMETHEUS_TLS_CLIENT_CA_FILE`.
   */
  readonly clientCa?: string | Uint8Array;
  readonly clientCaFile?: string;
}

/** A user's name and password. */
export interface BasicAuthOptions {
  /** Else `TACHYMETER_PROMETHEUS_USERNAME`. */
  readonly username: string;
  /** Else `TACHYMETER_PROMETHEUS_PASSWORD`. */
  readonly password?: string;
  /** A file that holds the password, read again when it changes; else `TACHYMETER_PROMETHEUS_PASSWORD_FILE`. */
  readonly passwordFile?: string;
}

/** How the endpoint is protected: not at all unless told. What is admitted by one way is admitted. */
export interface SecurityOptions {
  /** The token that scrapers bring, `Authorization: Bearer …`; else `TACHYMETER_PROMETHEUS_BEARER_TOKEN`. */
  readonly bearerToken?: string;
  /** A file that holds it, read again when it changes; else `TACHYMETER_PROMETHEUS_BEARER_TOKEN_FILE`. */
  readonly bearerTokenFile?: string;
  /** A name and a password that scrapers bring, `Authorization: Basic …`. */
  readonly basicAuth?: BasicAuthOptions;
  /** Serves HTTPS in place of HTTP. */
  readonly tls?: TlsOptions;
}

/** The same, settled. */
export interface SecuritySettings {
  readonly authentication: Authentication | undefined;
  readonly certificates: Certificates | undefined;
}

/** Settles how the endpoint is protected; reads the files. */
export function securityFrom(options: SecurityOptions, reading: OptionReading): SecuritySettings {
  const bearerToken = bearerTokenFrom(options, reading);
  const basic = basicFrom(options.basicAuth, reading);
  const credentials: Credentials = {
    ...(bearerToken !== undefined && { bearerToken }),
    ...(basic !== undefined && { basic }),
  };
  return {
    authentication: Object.keys(credentials).length === 0 ? undefined : new Authentication(credentials),
    certificates: certificatesFrom(options.tls, reading),
  };
}

function bearerTokenFrom(options: SecurityOptions, reading: OptionReading): Secret | undefined {
  const { bearerToken, bearerTokenFile } = options;
  if (!isMissing(bearerToken) || !isMissing(bearerTokenFile)) {
    return secretFrom(reading, TOKEN, ["bearerToken", bearerToken], ["bearerTokenFile", bearerTokenFile]);
  }
  return secretFromEnvironment(reading, TOKEN, "TACHYMETER_PROMETHEUS_BEARER_TOKEN");
}

function basicFrom(given: unknown, reading: OptionReading): Credentials["basic"] {
  const name = "basicAuth";
  if (!isMissing(given) && !isObject(given)) {
    reading.problem(name, HIDDEN, "an object with `username` and `password` or `passwordFile`");
    return undefined;
  }
  const options: RawOptions = isObject(given) ? given : {};
  refuseUnknown(name, options, ["username", "password", "passwordFile"], reading);
  const username =
    reading.text(`${name}.username`, options["username"], false) ??
    variable("TACHYMETER_PROMETHEUS_USERNAME");
  const password =
    isMissing(options["password"]) && isMissing(options["passwordFile"])
      ? secretFromEnvironment(reading, PASSWORD, "TACHYMETER_PROMETHEUS_PASSWORD")
      : secretFrom(
          reading,
          PASSWORD,
          [`${name}.password`, options["password"]],
          [`${name}.passwordFile`, options["passwordFile"]],
        );
  if (username === undefined && password === undefined && !isObject(given)) return undefined;
  if (username === undefined || username.includes(":")) {
    reading.problem(`${name}.username`, username, "a name without a colon");
    return undefined;
  }
  if (password !== undefined) return { username, password };
  if (reading.problems.every((problem) => !problem.name.startsWith(`${name}.password`))) {
    reading.problem(`${name}.password`, undefined, "a password, or a file that holds it by `passwordFile`");
  }
  return undefined;
}

// An empty secret is no way to switch protection off: most likely a variable was not set.
function isMissing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function refuseUnknown(
  name: string,
  options: RawOptions,
  known: readonly string[],
  reading: OptionReading,
): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key))
      reading.problem(`${name}.${key}`, HIDDEN, `only the options ${known.join(", ")}`);
  }
}

type Named = readonly [name: string, value: unknown];

// What a secret must be, since no scraper can bring another.
interface SecretKind {
  readonly pattern: RegExp;
  readonly allowed: string;
}

const PASSWORD: SecretKind = { pattern: /[^]/, allowed: "a text that is not empty" };
const TOKEN: SecretKind = {
  pattern: /^[!-~]+$/,
  allowed: "letters, digits and signs of ASCII, without spaces",
};

// One of the two ways to give a secret.
function secretFrom(reading: OptionReading, kind: SecretKind, text: Named, file: Named): Secret | undefined {
  if (!isMissing(text[1]) && !isMissing(file[1])) {
    reading.problem(file[0], file[1], `no value beside ${text[0]}: only one of the two`);
    return undefined;
  }
  if (isMissing(file[1])) {
    const isGood = typeof text[1] !== "string" || kind.pattern.test(text[1]);
    if (!isGood) reading.problem(text[0], text[1] === "" ? "" : HIDDEN, kind.allowed);
    const secret = reading.text(...text, true);
    return secret === undefined ? undefined : async () => secret;
  }
  const watched = watchedFile(reading, ...file);
  if (watched === undefined) return undefined;
  if (!kind.pattern.test(withoutLineEnd(watched.latest)))
    reading.problem(file[0], watched.path, `a file that holds ${kind.allowed}`);
  return async () => withoutLineEnd(await watched.content());
}

function secretFromEnvironment(reading: OptionReading, kind: SecretKind, name: string): Secret | undefined {
  const file = `${name}_FILE`;
  return secretFrom(reading, kind, [name, variable(name)], [file, variable(file)]);
}

function watchedFile(reading: OptionReading, name: string, value: unknown): WatchedFile | undefined {
  if (value === "") reading.problem(name, "", "the path of a file");
  const path = reading.text(name, value, false);
  if (path === undefined) return undefined;
  try {
    const watched = new WatchedFile(path);
    if (withoutLineEnd(watched.latest) !== "") return watched;
    reading.problem(name, path, "a file that is not empty");
  } catch (error) {
    const reason = errorMessage(error);
    reading.problem(name, path, `a file that can be read (${reason})`);
  }
  return undefined;
}

// Editors and `echo` end a file with it.
function withoutLineEnd(content: string): string {
  return content.replace(/\r?\n$/, "");
}

function certificatesFrom(given: unknown, reading: OptionReading): Certificates | undefined {
  const files = TLS_PARTS.map(({ variable: name }) => variable(name));
  if (isMissing(given) && files.every((file) => file === undefined)) return undefined;
  if (!isMissing(given) && !isObject(given)) {
    reading.problem("tls", HIDDEN, "an object with `cert` and `key`, or `certFile` and `keyFile`");
    return undefined;
  }
  const options: RawOptions = isObject(given) ? given : {};
  const before = reading.problems.length;
  refuseUnknown(
    "tls",
    options,
    [...TLS_PARTS.flatMap((part) => [part.name, `${part.name}File`]), "passphrase"],
    reading,
  );
  const [cert, key, ca] = TLS_PARTS.map((part) => materialFrom(options, part, reading));
  const passphrase = reading.text("tls.passphrase", options["passphrase"], true);
  if (reading.problems.length > before) return undefined;
  if (cert === undefined) reading.problem("tls.cert", undefined, "a certificate, or a file that holds it");
  if (key === undefined) reading.problem("tls.key", undefined, "a private key, or a file that holds it");
  if (cert === undefined || key === undefined) return undefined;
  const certificates = new Certificates({ cert, key, ca, passphrase });
  return isUsable(certificates.latest, reading) ? certificates : undefined;
}

const TLS_PARTS = [
  { name: "cert", variable: "TACHYMETER_PROMETHEUS_TLS_CERT_FILE" },
  { name: "key", variable: "TACHYMETER_PROMETHEUS_TLS_KEY_FILE" },
  { name: "clientCa", variable: "TACHYMETER_PROMETHEUS_TLS_CLIENT_CA_FILE" },
] as const;

function materialFrom(
  options: RawOptions,
  part: (typeof TLS_PARTS)[number],
  reading: OptionReading,
): Material | undefined {
  const text = options[part.name];
  const file = options[`${part.name}File`];
  if (isMissing(text)) {
    const [name, path] = isMissing(file)
      ? [part.variable, variable(part.variable)]
      : [`tls.${part.name}File`, file];
    return watchedFile(reading, name, path);
  }
  if (!isMissing(file)) {
    reading.problem(`tls.${part.name}File`, file, `no value beside tls.${part.name}: only one of the two`);
    return undefined;
  }
  if (typeof text === "string") return text;
  if (text instanceof Uint8Array) return Buffer.from(text).toString("utf8");
  reading.problem(`tls.${part.name}`, HIDDEN, "a text in PEM");
  return undefined;
}

function isUsable(options: SecureContextOptions, reading: OptionReading): boolean {
  try {
    createSecureContext(options);
    return true;
  } catch (error) {
    const reason = errorMessage(error);
    reading.problem("tls", HIDDEN, `a certificate and its key in PEM (${reason})`);
    return false;
  }
}
