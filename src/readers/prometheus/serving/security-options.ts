import { type Parser, type RawOptions } from "../../../options/parser.ts";
import { textFrom } from "../../../options/environment.ts";
import { check, isObject } from "../../../options/check.ts";
import { errorMessage } from "../../../diagnostics/error-message.ts";
import type { SecureContextOptions } from "node:tls";
import { Admission } from "./admission.ts";
import {
  Authentication,
  type Credentials,
  type Secret,
  Certificates,
  type Material,
  WatchedFile,
} from "./protection.ts";

/** A certificate, as PEM texts or as files; the files may be replaced while the process runs. */
export interface TlsOptions {
  /** The certificate with its chain. @defaultValue the file named by `TACHYMETER_PROMETHEUS_TLS_CERT_FILE` */
  readonly cert?: string | Uint8Array;
  /** File with the certificate, instead of `cert`; read again when it changes. */
  readonly certFile?: string;
  /** The private key. @defaultValue the file named by `TACHYMETER_PROMETHEUS_TLS_KEY_FILE` */
  readonly key?: string | Uint8Array;
  /** File with the private key, instead of `key`; read again when it changes. */
  readonly keyFile?: string;
  /** Passphrase of an encrypted key. */
  readonly passphrase?: string;
  /**
   * Authorities of client certificates: if set, each client must present a certificate signed by one of them.
   * @defaultValue the file named by `TACHYMETER_PROMETHEUS_TLS_CLIENT_CA_FILE`, then none
   */
  readonly clientCa?: string | Uint8Array;
  /** File with the authorities, instead of `clientCa`; read again when it changes. */
  readonly clientCaFile?: string;
}

/** User name and password. */
export interface BasicAuthOptions {
  /** @defaultValue `TACHYMETER_PROMETHEUS_USERNAME` */
  readonly username: string;
  /** @defaultValue `TACHYMETER_PROMETHEUS_PASSWORD` */
  readonly password?: string;
  /** File with the password, read again when it changes. @defaultValue `TACHYMETER_PROMETHEUS_PASSWORD_FILE` */
  readonly passwordFile?: string;
}

/**
 * Authentication and TLS of the endpoint; none by default. If both a token and a password are set, either is sufficient.
 */
export interface SecurityOptions {
  /** Token for `Authorization: Bearer …`. @defaultValue `TACHYMETER_PROMETHEUS_BEARER_TOKEN` */
  readonly bearerToken?: string;
  /** File with the token, read again when it changes. @defaultValue `TACHYMETER_PROMETHEUS_BEARER_TOKEN_FILE` */
  readonly bearerTokenFile?: string;
  /** User name and password for `Authorization: Basic …`. */
  readonly basicAuth?: BasicAuthOptions;
  /** Serves HTTPS instead of HTTP. */
  readonly tls?: TlsOptions;
}

/** Names of the security options. */
export const SECURITY_OPTIONS: readonly (keyof SecurityOptions)[] = [
  "bearerToken",
  "bearerTokenFile",
  "basicAuth",
  "tls",
];

/** Parses the security options of a server with these host names; reads the files. */
export function admissionFrom(options: RawOptions, parser: Parser, hosts: readonly string[]): Admission {
  const bearerToken = secretFrom(parser, TOKEN, options, "");
  const basic = basicFrom(options["basicAuth"], parser);
  const credentials: Credentials = {
    ...(bearerToken !== undefined && { bearerToken }),
    ...(basic !== undefined && { basic }),
  };
  return new Admission(
    Object.keys(credentials).length === 0 ? undefined : new Authentication(credentials),
    certificatesFrom(options["tls"], parser),
    hosts,
  );
}

function basicFrom(given: unknown, parser: Parser): Credentials["basic"] {
  const name = "basicAuth";
  if (!isMissing(given) && !isObject(given))
    return parser.problem(name, given, "be an object with `username` and `password` or `passwordFile`");
  const options: RawOptions = isObject(given) ? given : {};
  parser.refuseUnknown(`${name}.`, options, ["username", "password", "passwordFile"]);
  const username =
    textOption(parser, `${name}.username`, options["username"]) ??
    textFrom(parser.environment, USERNAME_VARIABLE);
  const password = secretFrom(parser, PASSWORD, options, `${name}.`);
  if (username === undefined && password === undefined && !isObject(given)) return undefined;
  if (
    username === undefined &&
    options["password"] === undefined &&
    textFrom(parser.environment, PASSWORD.variable)
  )
    return parser.problem(USERNAME_VARIABLE, undefined, `be set together with ${PASSWORD.variable}`);
  if (username === undefined || username.includes(":"))
    return parser.problem(`${name}.username`, username, "be a name without a colon");
  if (password !== undefined) return { username, password };
  if (parser.problems.some((problem) => problem.name.startsWith(`${name}.password`))) return undefined;
  if (!isObject(given))
    return parser.problem(PASSWORD.variable, undefined, `be set together with ${USERNAME_VARIABLE}`);
  return parser.problem(`${name}.password`, undefined, "be a password, or be set by `passwordFile`");
}

// An empty secret does not turn protection off: most likely a variable was not set.
function isMissing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

// Requirements for a secret; scrapers cannot send others.
interface SecretKind {
  readonly option: string;
  readonly variable: string;
  readonly pattern: RegExp;
  readonly allowed: string;
}

const USERNAME_VARIABLE = "TACHYMETER_PROMETHEUS_USERNAME";

const PASSWORD: SecretKind = {
  option: "password",
  variable: "TACHYMETER_PROMETHEUS_PASSWORD",
  pattern: /[^]/,
  allowed: "a text that is not empty",
};
const TOKEN: SecretKind = {
  option: "bearerToken",
  variable: "TACHYMETER_PROMETHEUS_BEARER_TOKEN",
  pattern: /^[!-~]+$/,
  allowed: "printable ASCII characters without spaces",
};

// Reads a secret from an option or its file, otherwise from a variable or its file.
function secretFrom(
  parser: Parser,
  { option, variable, pattern, allowed }: SecretKind,
  options: RawOptions,
  prefix: string,
): Secret | undefined {
  const isGiven = !isMissing(options[option]) || !isMissing(options[`${option}File`]);
  const name = isGiven ? prefix + option : variable;
  const fileName = isGiven ? `${name}File` : `${name}_FILE`;
  const text = isGiven ? options[option] : textFrom(parser.environment, name);
  const file = isGiven ? options[`${option}File`] : textFrom(parser.environment, fileName);
  if (isMissing(file)) {
    if (typeof text === "string" && !pattern.test(text)) parser.problem(name, text, `be ${allowed}`);
    const secret = textOption(parser, name, text);
    return secret === undefined ? undefined : async () => secret;
  }
  if (!isMissing(text)) return parser.problem(fileName, file, `be unset if ${name} is set`);
  const watched = watchedFile(parser, fileName, file);
  if (watched === undefined) return undefined;
  if (!pattern.test(withoutLineEnd(watched.latest)))
    parser.problem(fileName, watched.path, `be a file that contains ${allowed}`);
  return async () => withoutLineEnd(await watched.content());
}

function watchedFile(parser: Parser, name: string, value: unknown): WatchedFile | undefined {
  if (value === "") parser.problem(name, "", "be the path of a file");
  const path = textOption(parser, name, value);
  if (path === undefined) return undefined;
  try {
    const watched = new WatchedFile(path);
    if (withoutLineEnd(watched.latest) !== "") return watched;
    return parser.problem(name, path, "be a file that is not empty");
  } catch (error) {
    return parser.problem(name, path, `be a file that can be read (${errorMessage(error)})`);
  }
}

// Editors and `echo` append a line end.
function withoutLineEnd(content: string): string {
  return content.replace(/\r?\n$/, "");
}

const TLS_PARTS = [
  { name: "cert", variable: "TACHYMETER_PROMETHEUS_TLS_CERT_FILE" },
  { name: "key", variable: "TACHYMETER_PROMETHEUS_TLS_KEY_FILE" },
  { name: "clientCa", variable: "TACHYMETER_PROMETHEUS_TLS_CLIENT_CA_FILE" },
] as const;
const TLS_OPTIONS = [...TLS_PARTS.flatMap(({ name }) => [name, `${name}File`]), "passphrase"];

function certificatesFrom(given: unknown, parser: Parser): Certificates | undefined {
  const files = TLS_PARTS.map(({ variable: name }) => textFrom(parser.environment, name));
  if (isMissing(given) && files.every((file) => file === undefined)) return undefined;
  if (!isMissing(given) && !isObject(given))
    return parser.problem("tls", given, "be an object with `cert` and `key`, or `certFile` and `keyFile`");
  const options: RawOptions = isObject(given) ? given : {};
  const before = parser.problems.length;
  parser.refuseUnknown("tls.", options, TLS_OPTIONS);
  const [cert, key, ca] = TLS_PARTS.map((part) => materialFrom(options, part, parser));
  const passphrase = textOption(parser, "tls.passphrase", options["passphrase"]);
  if (parser.problems.length > before) return undefined;
  if (cert === undefined)
    parser.problem("tls.cert", undefined, "be a certificate, or be set by `tls.certFile`");
  if (key === undefined) parser.problem("tls.key", undefined, "be a private key, or be set by `tls.keyFile`");
  if (cert === undefined || key === undefined) return undefined;
  const certificates = new Certificates({ cert, key, ca, passphrase });
  return isUsable(certificates.latest, parser) ? certificates : undefined;
}

function materialFrom(
  options: RawOptions,
  { name, variable }: (typeof TLS_PARTS)[number],
  parser: Parser,
): Material | undefined {
  const text = options[name];
  const file = options[`${name}File`];
  if (isMissing(text)) {
    if (isMissing(file)) return watchedFile(parser, variable, textFrom(parser.environment, variable));
    return watchedFile(parser, `tls.${name}File`, file);
  }
  if (!isMissing(file)) return parser.problem(`tls.${name}File`, file, `be unset if tls.${name} is set`);
  if (typeof text === "string") return text;
  if (text instanceof Uint8Array) return Buffer.from(text).toString("utf8");
  return parser.problem(`tls.${name}`, text, "be a text in PEM");
}

function isUsable(options: SecureContextOptions, parser: Parser): boolean {
  try {
    process.getBuiltinModule("node:tls").createSecureContext(options);
    return true;
  } catch (error) {
    parser.problem("tls", "", `be a certificate and its key in PEM (${errorMessage(error)})`);
    return false;
  }
}

const TEXT = check("be a text", (given): given is string => typeof given === "string");

// As in upstream, an empty text counts as unset.
function textOption(parser: Parser, name: string, value: unknown): string | undefined {
  return parser.optional(name, value === "" || value === null ? undefined : value, TEXT);
}
