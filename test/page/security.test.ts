import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { expect, onTestFinished, test, vi } from "vitest";
import { EventStream } from "./kit/event-stream.ts";
import { plainRequest, servedPage, streamUrl } from "./kit/served-page.ts";

const TOKEN = "the-token-of-the-endpoint";
const PROTECTED = { readers: [{ type: "prometheus", port: 0, bearerToken: TOKEN }] } as const;

function tokenIn(pageUrl: string | undefined): string {
  return new URL(pageUrl ?? "").searchParams.get("token") ?? "";
}

async function sessionOf(pageUrl: string | undefined): Promise<string> {
  const { headers } = await plainRequest(pageUrl ?? "");
  return headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
}

test("without authentication, the address of the page has no token", async () => {
  const { telemetry, url } = await servedPage();
  expect(telemetry.pageUrl).toBe(`${url}/`);
  expect(await plainRequest(`${url}/`)).toMatchObject({ status: 200 });
});

test("each response forbids scripts of other origins, frames, referrers and sniffing", async () => {
  const { url } = await servedPage();
  for (const path of ["/", "/page/view?view=overview&from=0", "/page/nothing", "/?token=x"]) {
    const { headers } = await plainRequest(`${url}${path}`);
    expect(headers).toMatchObject({
      "content-security-policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "cross-origin-opener-policy": "same-origin",
      "cache-control": "no-store",
    });
  }
});

test("with authentication, clients without a token get neither the page nor its data", async () => {
  const { url } = await servedPage(PROTECTED);
  for (const path of ["/", "/page/stream", "/page/view?from=0", "/page/nothing", "/api/v1/query?query=1"])
    expect(await plainRequest(`${url}${path}`)).toMatchObject({
      status: 401,
      headers: { "www-authenticate": 'Bearer realm="metrics"' },
    });
  const headers = { authorization: `Bearer ${TOKEN}` };
  expect(await plainRequest(`${url}/`, { headers })).toMatchObject({ status: 200 });
});

test("a link begins one session, whose cookie scripts and other sites cannot use", async () => {
  const { telemetry, url } = await servedPage(PROTECTED);
  const link = telemetry.pageUrl ?? "";
  expect(Buffer.from(tokenIn(link), "base64url")).toHaveLength(32);
  const first = await plainRequest(link);
  expect(first).toMatchObject({ status: 303, headers: { location: "./", "cache-control": "no-store" } });
  expect(first.headers["set-cookie"]?.[0]).toMatch(
    /^tachymeter-[0-9a-f]{8}=\d{10}\.[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=43200$/,
  );
  expect(await plainRequest(link)).toMatchObject({ status: 401 });
  const cookie = first.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
  for (const path of ["/", "/page/view?from=1", "/api/v1/query?query=1", "/metrics"])
    expect(await plainRequest(`${url}${path}`, { headers: { cookie } })).toMatchObject({
      status: path === "/page/view?from=1" ? 400 : 200,
    });
  const stream = await EventStream.open(streamUrl(url, "overview"), { cookie: `a=b; ${cookie}` });
  expect(stream.response.statusCode).toBe(200);
  await stream.next("view");
});

test("a changed cookie, and a token as a cookie, are refused", async () => {
  const { telemetry, url } = await servedPage(PROTECTED);
  const cookie = await sessionOf(telemetry.pageUrl);
  const [name] = cookie.split("=");
  const others = [
    `${cookie}x`,
    `${name}=`,
    `${name}=${tokenIn(telemetry.pageUrl)}`,
    cookie.replace("t", "u"),
  ];
  for (const other of others)
    expect(await plainRequest(`${url}/`, { headers: { cookie: other } })).toMatchObject({ status: 401 });
});

test("a restarted application knows the sessions of the one before", async () => {
  const first = await servedPage(PROTECTED);
  const cookie = await sessionOf(first.telemetry.pageUrl);
  await first.telemetry.shutdown();
  const second = await servedPage(PROTECTED);
  expect(await plainRequest(`${second.url}/`, { headers: { cookie } })).toMatchObject({ status: 200 });
  await second.telemetry.shutdown();
  const other = await servedPage({ readers: [{ type: "prometheus", port: 0, bearerToken: "rotated" }] });
  expect(await plainRequest(`${other.url}/`, { headers: { cookie } })).toMatchObject({ status: 401 });
});

test("without a key of sessions, requests are authenticated by their token, and the next sign-in tries again", async () => {
  const { telemetry, url } = await servedPage(PROTECTED);
  const { scrypt } = crypto;
  const replaced = (by: unknown): void => {
    Object.assign(crypto, { scrypt: by });
    syncBuiltinESMExports();
  };
  replaced((...given: readonly unknown[]) => {
    const callback = given.at(-1);
    if (typeof callback === "function") callback(new Error("memory limit exceeded"));
  });
  onTestFinished(() => replaced(scrypt));
  const headers = { cookie: "theme=dark", authorization: `Bearer ${TOKEN}` };
  for (const path of ["/metrics", "/"])
    expect(await plainRequest(`${url}${path}`, { headers })).toMatchObject({ status: 200 });
  expect(await plainRequest(`${url}/`, { headers: { cookie: "theme=dark" } })).toMatchObject({ status: 401 });
  replaced(scrypt);
  const cookie = await sessionOf(telemetry.pageUrl);
  expect(await plainRequest(`${url}/`, { headers: { cookie } })).toMatchObject({ status: 200 });
});

test("a browser is signed in by the token or the password, from the page alone", async () => {
  const basicAuth = { username: "me", password: "a password" };
  const readers = [{ type: "prometheus", port: 0, bearerToken: TOKEN, basicAuth }] as const;
  const { url } = await servedPage({ readers: [...readers] });
  const signIn = (token: string, headers = {}) =>
    plainRequest(`${url}/page/session`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      body: new URLSearchParams({ token }).toString(),
    });
  for (const secret of [TOKEN, "a password"]) {
    const { status, headers } = await signIn(secret);
    expect([status, headers.location]).toEqual([303, "../"]);
    const cookie = headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    expect(await plainRequest(`${url}/`, { headers: { cookie } })).toMatchObject({ status: 200 });
  }
  for (const wrong of ["", "me", `${TOKEN}x`, "x".repeat(20_000)]) {
    const { status, headers } = await signIn(wrong);
    expect([status, headers.location, headers["set-cookie"]]).toEqual([303, "../#refused", undefined]);
  }
  expect(await signIn(TOKEN, { "sec-fetch-site": "cross-site" })).toMatchObject({ status: 403 });
});

test("each read of the address has another token, and the 16 latest are valid", async () => {
  const { telemetry } = await servedPage(PROTECTED);
  const links = Array.from({ length: 17 }, () => telemetry.pageUrl ?? "");
  expect(new Set(links).size).toBe(17);
  const statuses: unknown[] = [];
  for (const link of links) statuses.push((await plainRequest(link)).status);
  expect(statuses).toEqual([401, ...Array.from({ length: 16 }, () => 303)]);
});

test.each([
  ["from another site", { "sec-fetch-site": "cross-site" }],
  ["over plain HTTP, where browsers do not name the site", { accept: "text/html,*/*;q=0.8" }],
])(
  "a link %s begins a session without a redirect, after which the cookie would be missing",
  async (_, headers) => {
    const { telemetry } = await servedPage(PROTECTED);
    const response = await plainRequest(telemetry.pageUrl ?? "", { headers });
    expect(response).toMatchObject({ status: 200, body: expect.stringContaining('content="0; url=./"') });
    expect(response.headers["set-cookie"]?.[0]).toContain("SameSite=Strict");
  },
);

test("the log has the address of the page, and no token", async () => {
  const lines: string[] = [];
  const write = process.stderr.write.bind(process.stderr);
  process.stderr.write = (chunk: string | Uint8Array): boolean => {
    lines.push(String(chunk));
    return true;
  };
  try {
    const { telemetry, url } = await servedPage(PROTECTED);
    const token = tokenIn(telemetry.pageUrl);
    const text = lines.join("");
    expect(text).toContain(`live page at ${url}/`);
    expect(text).not.toContain("token=");
    expect(text).not.toContain(token);
  } finally {
    process.stderr.write = write;
  }
});

test("a page on all addresses without authentication is warned about", async () => {
  const lines = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  onTestFinished(() => lines.mockRestore());
  const everywhere = { type: "prometheus", host: "0.0.0.0", port: 0 } as const;
  const { telemetry } = await servedPage({ readers: [{ ...everywhere, bearerToken: TOKEN }] });
  await telemetry.shutdown();
  await servedPage({ readers: [everywhere] });
  const warnings = lines.mock.calls.flatMap(([text]) => (/warning/.test(String(text)) ? [String(text)] : []));
  expect(warnings).toEqual([
    expect.stringMatching(/each client in this network has the live page and the HTTP API; set a token/),
  ]);
});

test.each([
  ["evil.example", 421],
  ["evil.example:80", 421],
  ["127.0.0.1.evil.example", 421],
  ["192.0.2.1", 421],
  ["localhost", 200],
  ["LOCALHOST:1", 200],
  ["127.0.0.1", 200],
  ["[::1]:9464", 200],
])("host %s gets status %i", async (host, status) => {
  const { url } = await servedPage();
  expect(await plainRequest(`${url}/`, { headers: { host } })).toMatchObject({ status });
});

test("a host name is refused with authentication, too, unless it is allowed", async () => {
  const reader = { ...PROTECTED.readers[0], allowedHosts: ["tachy.example"] };
  const { url } = await servedPage({ readers: [reader] });
  const authorization = `Bearer ${TOKEN}`;
  const statusOf = async (host: string): Promise<unknown> =>
    (await plainRequest(`${url}/`, { headers: { host, authorization } })).status;
  expect(await statusOf("evil.example")).toBe(421);
  expect(await statusOf("Tachy.example:9464")).toBe(200);
});

test("pages of other sites, also of the same host, can read no data", async () => {
  const { url } = await servedPage();
  for (const site of ["cross-site", "same-site"])
    for (const path of ["/page/stream", "/page/view?from=0"])
      expect(await plainRequest(`${url}${path}`, { headers: { "sec-fetch-site": site } })).toMatchObject({
        status: 403,
      });
});

test("other methods are refused", async () => {
  const { url } = await servedPage();
  for (const method of ["POST", "PUT", "DELETE"])
    expect(await plainRequest(`${url}/page/view`, { method })).toMatchObject({
      status: 405,
      headers: { allow: "GET, HEAD" },
    });
  expect(await plainRequest(`${url}/`, { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
});

test.each([
  "view=nothing",
  "view=area/nothing",
  "view=area/toString",
  "view=overview/x",
  "view=instrument/",
  "view=kernel/%25E0%25A4",
  "range=1s",
  "range=10y",
  "range=x",
  `view=instrument/${"x".repeat(3_990)}`,
])("a stream of %s is refused", async (search) => {
  const { url } = await servedPage();
  const { status } = await plainRequest(`${url}/page/stream?${search}`);
  expect(status === 400 || status === 414).toBe(true);
});

test("a page that is off is not served, and has no address", async () => {
  const { telemetry, url } = await servedPage({ page: false });
  expect(telemetry.pageUrl).toBeUndefined();
  expect(await plainRequest(`${url}/page/stream`)).toMatchObject({ status: 404 });
});

test("the page has an endpoint of its own without a reader for Prometheus", async () => {
  vi.stubEnv("OTEL_EXPORTER_PROMETHEUS_PORT", "0");
  onTestFinished(() => void vi.unstubAllEnvs());
  const { telemetry } = await servedPage({ readers: [], api: false });
  expect(await plainRequest(`${telemetry.pageUrl}api/v1/query?query=1`)).toMatchObject({ status: 200 });
});
