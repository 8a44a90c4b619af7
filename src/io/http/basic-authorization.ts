/** Returns the header `Authorization` for the user and password of a URL; `undefined` if it has none. */
export function basicAuthorization({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  const pair = `${unescaped(username)}:${unescaped(password)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

/** A URL without its user and password, and the header that has them; Node.js throws an error for some of them in a URL. */
export function splitCredentials(given: URL): {
  readonly url: URL;
  readonly headers: { readonly Authorization?: string };
} {
  const authorization = basicAuthorization(given);
  const url = Object.assign(new URL(given), { username: "", password: "" });
  return { url, headers: authorization === undefined ? {} : { Authorization: authorization } };
}

/** The user or password of a URL without escapes. A percent sign that begins no escape stays. */
export function unescaped(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}
