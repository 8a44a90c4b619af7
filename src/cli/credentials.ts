// Credentials of commands for an application.
import { basicAuthorization } from "../io/http/basic-authorization.ts";
import { isLoopback } from "../io/http/loopback.ts";
import { readTextSync } from "../io/files/open-file.ts";
import { currentEnvironment, textFrom } from "../options/environment.ts";

const TOKEN = "TACHYMETER_PROMETHEUS_BEARER_TOKEN";

/**
 * The header for a URL: its user and password, otherwise the token of the application's own variables. The token is sent to
 * this machine only.
 *
 * @throws Error if the file of the token cannot be read
 */
export function authorizationFor(url: URL): { readonly Authorization?: string } {
  const basic = basicAuthorization(url);
  if (basic !== undefined) return { Authorization: basic };
  const token = isLoopback(url.hostname) ? tokenFrom() : undefined;
  return token === undefined ? {} : { Authorization: `Bearer ${token}` };
}

function tokenFrom(): string | undefined {
  const environment = currentEnvironment();
  const file = textFrom(environment, `${TOKEN}_FILE`);
  return textFrom(environment, TOKEN) ?? (file === undefined ? undefined : readTextSync(file).trim());
}
