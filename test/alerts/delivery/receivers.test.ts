import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import fc from "fast-check";
import { SMTPServer } from "smtp-server";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Alert } from "../../../src/alerts/alert.ts";
import { AlertDelivery, fingerprintOf } from "../../../src/alerts/delivery/index.ts";
import { slackText } from "../../../src/alerts/delivery/receivers/slack.ts";
import { addressOf } from "../../kit/address-of.ts";
import { firing, resolved } from "./alerts-of.ts";
import { deliveryTo, hostile, logged } from "./delivery-to.ts";
import { HttpServer } from "./http-server.ts";
import { TurnedClock } from "./turned-clock.ts";

test("Slack gets a message with an attachment for each alert; hostile values make no link and no mention", async () => {
  const server = await HttpServer.start();
  const { send } = deliveryTo({ type: "slack", url: server.url("/services/T0/B0/secretpath") });
  await send([hostile, firing({ alertname: "Evil", severity: "critical", instance: "b" }, 1_700_000_000)]);
  const { json, body } = server.requests[0]!;
  expect(json).toMatchObject({ text: "[FIRING:2] Evil", parse: "none", link_names: false });
  const { attachments }: { attachments?: Record<string, unknown>[] } = json;
  expect(attachments).toMatchObject([
    { color: "#a30200", title: "Firing: Evil", fallback: "Firing: Evil", ts: 1_700_000_000 },
    { color: "#a30200", title: "Firing: Evil" },
  ]);
  const text = String(attachments?.[0]?.["text"]);
  expect(text.length).toBeLessThanOrEqual(3_000);
  expect(text).toContain("&lt;https://evil.example|click&gt; *bold*\nsecond line");
  expect(text).toContain("&lt;!channel&gt; &lt;script&gt;");
  expect(text).toContain("&amp;");
  expect(body).not.toMatch(/<!|<@|@everyone|@here|[^\\]\\u001b|\u202e/);
});

test("text for Slack is never longer than allowed, and never cut within an entity", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("<", ">", "&", "@", "a", " ", "😀", "é"), { maxLength: 300 }),
      fc.integer({ min: 10, max: 200 }),
      (characters, max) => {
        const text = slackText(characters.join(""), max);
        expect(text.length).toBeLessThanOrEqual(max);
        expect(text.replaceAll(/&(?:amp|lt|gt);/g, "")).not.toMatch(/[&<>]|@(?=[^\s\u200b])/);
        expect(text).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
      },
    ),
  );
});

test("PagerDuty gets a trigger and a resolve with the same key, within its limits", async () => {
  const server = await HttpServer.start();
  const { clock, send } = deliveryTo({
    type: "pagerduty",
    routingKey: "0123456789abcdef0123456789abcdef",
    url: server.url("/v2/enqueue"),
  });
  const long: Alert = {
    ...hostile,
    annotations: { summary: "😀".repeat(2_000), big: "y".repeat(1_000_000) },
  };
  await send([long]);
  const { json, body } = server.requests[0]!;
  expect(json).toMatchObject({
    routing_key: "0123456789abcdef0123456789abcdef",
    event_action: "trigger",
    dedup_key: fingerprintOf(hostile.labels),
    payload: { severity: "critical", class: "Evil", timestamp: "2023-11-14T22:13:20.000Z" },
  });
  const { payload }: { payload?: { summary?: string; source?: string } } = json;
  expect(Array.from(payload?.summary ?? "")).toHaveLength(1_024);
  expect(Buffer.byteLength(body)).toBeLessThan(512_000);
  await send([resolved(long, clock.seconds)]);
  await clock.pass(301);
  await server.received(2);
  expect(server.requests[1]!.json).toEqual({
    routing_key: "0123456789abcdef0123456789abcdef",
    event_action: "resolve",
    dedup_key: fingerprintOf(hostile.labels),
  });
});

test("mail arrives as plain text; no header can be injected, and a retry has the same id", async () => {
  const mails: { from: string; to: string[]; text: string }[] = [];
  let isBusy = true;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onAuth: (auth, _session, done) =>
      done(auth.username === "me@x" && auth.password === "p&ss word" ? null : new Error("wrong password"), {
        user: "me",
      }),
    onData(stream, session, done) {
      let text = "";
      stream.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text,
        });
        done(isBusy ? Object.assign(new Error("busy"), { responseCode: 451 }) : null);
      });
    },
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => server.close(() => {}));
  const address = server.server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const { delivery, send } = deliveryTo({
    type: "email",
    smtp: `smtp://me%40x:p%26ss%20word@127.0.0.1:${port}`,
    from: "Alerts <alerts@example.com>",
    to: ["ops@example.com", "Dev <dev@example.com>"],
  });
  const named = firing(
    { alertname: "Evil\r\nBcc: victim@example.com", instance: "<b>" },
    1_700_000_000,
    hostile.annotations,
  );
  await send([named]);
  isBusy = false;
  await delivery.flush();
  expect(mails.length).toBeGreaterThanOrEqual(2);
  expect(new Set(mails.map(({ text }) => /^Message-ID: (.*)$/im.exec(text)?.[1])).size).toBe(1);
  const mail = mails.at(-1)!;
  expect(mail).toMatchObject({ from: "alerts@example.com", to: ["ops@example.com", "dev@example.com"] });
  const [head = "", text = ""] = mail.text.split("\r\n\r\n");
  expect(head).not.toMatch(/^Bcc/im);
  expect(head).toMatch(/^Content-Type: text\/plain/im);
  expect(head).toMatch(/^Subject: \[FIRING:1\] Evil/im);
  expect(text).toContain("second line");
});

test("a password is not sent to a server of another machine without TLS", async () => {
  let asked = 0;
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    onAuth: (_auth, _session, done) => {
      asked++;
      done(null, { user: "me" });
    },
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => server.close(() => {}));
  const { port } = addressOf(server.server);
  // This address of Linux and macOS is this machine too, but is not known as one of the loopback.
  const smtp = `smtp://me:p%26ss@0.0.0.0:${port}`;
  const { delivery } = deliveryTo({ type: "email", smtp, from: "a@x", to: "b@x" });
  const [report] = await delivery.test();
  expect(report).toMatchObject({ delivered: false, reason: expect.stringMatching(/STARTTLS/) });
  expect(asked).toBe(0);
});

test("an address that refuses a mail gets it later, and the others get it once", async () => {
  const mails: string[][] = [];
  const codes: Record<string, number> = { "grey@example.com": 450, "gone@example.com": 550 };
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    onRcptTo({ address }, _session, done) {
      const responseCode = codes[address];
      done(responseCode === undefined ? null : Object.assign(new Error("refused"), { responseCode }));
    },
    onData(stream, { envelope }, done) {
      mails.push(envelope.rcptTo.map(({ address }) => address));
      stream.resume().on("end", done);
    },
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => server.close(() => {}));
  const address = server.server.address();
  const { clock, delivery, send } = deliveryTo({
    type: "email",
    smtp: `smtp://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    from: "a@x",
    to: ["ops@example.com", "Grey <grey@example.com>", "gone@example.com"],
  });
  const alert = firing({}, clock.seconds);
  await send([alert]);
  expect(mails).toEqual([["ops@example.com"]]);
  const [report] = await delivery.test();
  expect(report).toMatchObject({
    delivered: false,
    reason: expect.stringMatching(/gone@\S+: .*550 refused/),
  });
  mails.length = 0;
  await delivery.flush();
  delete codes["grey@example.com"];
  await delivery.flush();
  expect(mails).toEqual([["grey@example.com"]]);
  // A permanent refusal does not hold back the next mail.
  await delivery.flush();
  await send([resolved(alert, clock.seconds)]);
  await clock.pass(301);
  await delivery.flush();
  expect(mails.slice(1)).toEqual([["ops@example.com", "grey@example.com"]]);
});

test("a wrong password of the mail server is logged without the password", async () => {
  const lines = logged();
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    onAuth: (_auth, _session, done) => done(new Error("no hunter2hunter2 here")),
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => server.close(() => {}));
  const address = server.server.address();
  const { delivery } = deliveryTo({
    type: "email",
    smtp: `smtp://me:hunter2hunter2@127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    from: "a@x",
    to: "b@x",
  });
  const [report] = await delivery.test();
  expect(report).toMatchObject({ delivered: false, reason: expect.stringMatching(/\(hidden\)/) });
  expect(JSON.stringify([report, lines])).not.toContain("hunter2");
});

test("a mail server whose greeting does not end is left soon", async () => {
  const server = createTcpServer((socket) => {
    const more = (): void => {
      while (socket.writable && socket.write("x".repeat(65_536)));
    };
    socket.on("error", () => {}).on("drain", more);
    more();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const smtp = `smtp://127.0.0.1:${addressOf(server).port}`;
  const { delivery } = deliveryTo({ type: "email", smtp, from: "a@x", to: "b@x" });
  const [report] = await delivery.test();
  expect(report).toMatchObject({
    delivered: false,
    reason: expect.stringContaining("the server sent more than 262144 bytes"),
  });
});

test("the log and standard error get one escaped line for each alert", async () => {
  const lines = logged();
  await deliveryTo({ type: "log" }).send([hostile]);
  const [line = ""] = lines.filter((each) => each.includes("Evil"));
  expect(line).toMatch(/^alert firing: Evil \{severity="critical", instance="<!channel>/);
  expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(Buffer.byteLength(line)).toBeLessThanOrEqual(2_048);

  const written = vi.spyOn(console, "error").mockImplementation(() => {});
  onTestFinished(() => written.mockRestore());
  await deliveryTo({ type: "console" }).send([hostile]);
  expect(written.mock.calls).toEqual([[line]]);
});

test("a callback gets each alert; if it throws, it is called again", async () => {
  const calls: string[] = [];
  let isBroken = true;
  const { delivery, send } = deliveryTo(async (alert) => {
    calls.push(`${alert.labels["instance"]} ${alert.state}`);
    if (isBroken) throw new Error("broken");
  });
  const a = firing({ instance: "a" }, 1_700_000_000);
  await send([a, firing({ instance: "b" }, 1_700_000_000)]);
  isBroken = false;
  calls.length = 0;
  await delivery.flush();
  expect(calls.toSorted()).toEqual(["a firing", "b firing"]);
});

test("a callback that changes its alert changes nothing else", async () => {
  const seen: string[] = [];
  const { clock, send } = deliveryTo((alert) => {
    seen.push(`${alert.name} ${alert.state} ${alert.labels["instance"]}`);
    for (const name of Object.keys(alert.labels)) Reflect.deleteProperty(alert.labels, name);
  });
  const a = firing({ instance: "a" }, 1_700_000_000);
  await send([a]);
  await send([resolved(a, clock.seconds)]);
  await clock.pass(301);
  expect(seen).toEqual(["Test firing a", "Test resolved a"]);
});

test.each([
  ["redirects", { status: 302, headers: { Location: "http://127.0.0.1:9/elsewhere" } }],
  ["answers garbage", { status: 400, text: "\u001b[31m".repeat(10_000) }],
  ["refuses", { status: 404 }],
] as const)("a receiver that %s is asked again after the group interval", async (what, answer) => {
  const server = await HttpServer.start();
  const lines = logged();
  const { clock, send } = deliveryTo({
    type: "webhook",
    // The log has one message a minute for each name.
    name: what.replaceAll(" ", "-"),
    url: server.url("/secret-path-of-hook"),
  });
  server.answer = answer;
  const a = firing({}, clock.seconds);
  await send([a]);
  const count = server.requests.length;
  await clock.pass(200);
  expect(server.requests).toHaveLength(count);
  server.answer = { status: 200 };
  await clock.pass(200);
  await server.received(count + 1);
  expect(lines.join("\n")).toContain(`the response was ${answer.status}`);
  expect(lines.join("\n")).not.toMatch(/secret-path|(?!\n)\p{Cc}/u);
});

test("a pause that a receiver asks for is kept", async () => {
  const server = await HttpServer.start();
  const { clock, delivery, send } = deliveryTo({ type: "slack", url: server.url() });
  server.answer = { status: 429, headers: { "Retry-After": "120" } };
  await send([firing({}, clock.seconds)]);
  expect(server.requests).toHaveLength(1);
  server.answer = { status: 200 };
  await clock.pass(110);
  await delivery.flush();
  expect(server.requests).toHaveLength(1);
  await clock.pass(20);
  await server.received(2);
});

test("a receiver that hangs delays no other, and does not hold the end", async () => {
  const server = await HttpServer.start();
  server.answer = "hangs";
  const calls: string[] = [];
  const clock = new TurnedClock();
  const delivery = new AlertDelivery(
    {
      receivers: [{ type: "webhook", url: server.url() }, ({ name }) => void calls.push(name)],
      route: { groupWait: 0 },
    },
    { clock },
  );
  delivery.update([firing({}, clock.seconds)], clock.seconds);
  await clock.pass(1);
  await server.received(1);
  expect(calls).toEqual(["Test"]);
  await delivery.close();
});

test("what a server repeats of its URL and headers is not in the reason", async () => {
  const server = createServer(({ url = "", headers: { authorization = "" } }, response) => {
    const { search, searchParams } = new URL(url, "http://x");
    const pair = Buffer.from(authorization.split(" ")[1] ?? "", "base64");
    response.writeHead(401, { "Content-Type": "text/plain" });
    response.end(`wrong: ${authorization} ${pair.toString()} ${search} ${searchParams.get("token")}`);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const host = `127.0.0.1:${addressOf(server).port}`;
  const delivery = new AlertDelivery({
    receivers: [
      { type: "webhook", name: "a", url: `http://ro%40bot:p%40ssw%C3%B6rd@${host}/hook` },
      { type: "webhook", name: "b", url: `http://${host}/hook?token=abc%20def%2B123` },
    ],
  });
  onTestFinished(() => delivery.close());
  const reasons = (await delivery.test()).map(({ reason }) => reason);
  expect(reasons).toEqual([
    "the response was 401: wrong: (hidden) (hidden) null",
    expect.stringMatching(/^the response was 401: wrong: .*\(hidden\) \(hidden\)$/),
  ]);
  expect(reasons.join()).not.toMatch(/bot|ssw|cm9A|abc|def|123/);
});

test("a test alert is sent to each receiver, and the reports have no secrets", async () => {
  const server = await HttpServer.start();
  const delivery = new AlertDelivery({
    receivers: [
      { type: "slack", url: server.url("/services/T0/B0/XYZSECRET") },
      { type: "webhook", name: "broken", url: "http://user:pa55word@127.0.0.1:9/hook-secret" },
      { type: "pagerduty", routingKey: "a".repeat(32), url: server.url("/pd") },
      () => {
        throw new Error("no");
      },
    ],
  });
  onTestFinished(() => delivery.close());
  const reports = await delivery.test();
  expect(reports).toMatchObject([
    { receiver: "slack", delivered: true },
    { receiver: "broken", delivered: false, reason: expect.stringContaining("ECONNREFUSED") },
    { receiver: "pagerduty", delivered: true },
    { receiver: "callback", delivered: false, reason: "the callback failed: no" },
  ]);
  expect(JSON.stringify(reports)).not.toMatch(/XYZSECRET|pa55word|hook-secret|aaaa/);
  expect(server.requests.map(({ json }) => json["event_action"]).filter(Boolean)).toEqual([
    "trigger",
    "resolve",
  ]);
});
