// Servers that repeat what they were sent, in every encoding in which a secret is sent.
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { type handleUnaryCall, Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { ExportResult } from "@opentelemetry/core";
import fc from "fast-check";
import { RemoteHistory } from "tachymeter/history";
import { OtlpExporter } from "tachymeter/otlp";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { AlertDelivery, type ReceiverOptions } from "../../src/alerts/delivery/index.ts";
import { addressOf } from "../kit/address-of.ts";
import { newFolder } from "../kit/new-folder.ts";
import { logged } from "../alerts/delivery/delivery-to.ts";
import { counter, resourceMetrics, scope } from "../readers/resource-metrics.ts";
import { runs } from "../kit/test-length.ts";

const hex = (byte: number): string => byte.toString(16).padStart(2, "0");
const bytesOf = (text: string): number[] => [...Buffer.from(text)];
const base64 = (text: string): string => Buffer.from(text).toString("base64");

// Every second way escapes each character, as few servers do.
const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  percent: encodeURIComponent,
  "percent, all": (text) =>
    bytesOf(text)
      .map((byte) => `%${hex(byte)}`)
      .join(""),
  form: (text) => new URLSearchParams({ said: text }).toString(),
  JSON: JSON.stringify,
  "JSON, all": (text) =>
    text
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  "JSON, slashes": (text) => JSON.stringify(text).replaceAll("/", "\\/"),
  "quoted-printable": (text) =>
    bytesOf(text)
      .map((byte) =>
        byte > 0x20 && byte < 0x7f && byte !== 0x3d ? String.fromCharCode(byte) : `=${hex(byte)}`,
      )
      .join(""),
  "quoted-printable, all": (text) =>
    bytesOf(text)
      .map((byte) => `=${hex(byte).toUpperCase()}`)
      .join(""),
  HTML: (text) => text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`),
  base64,
  "base64 of URLs": (text) => Buffer.from(text).toString("base64url"),
  "base64 after 1": (text) => base64(`\0${text}`),
  "base64 after 2": (text) => base64(`ab${text}c`),
  "base64 with percent": (text) => encodeURIComponent(base64(text)),
};

const half = fc.string({
  unit: fc.constantFrom(..."abcdefghkmnpqrstuvwxyzABCDEFGHKLMN23456789".split("")),
  minLength: 9,
  maxLength: 12,
});
const secrets = fc.tuple(
  half,
  fc.constantFrom("", "@", "/", "?", ":", "%", "%41", "&", "+", "=3d", '"', "\\n", "<"),
  half,
);
type Secret = readonly [string, string, string];

// The decodings that a reader of a log could try.
function readings(text: string): string[] {
  const bytes = (escaped: string): string =>
    Buffer.from(escaped.replaceAll(/[^\da-f]/gi, ""), "hex").toString();
  const plain = [
    text,
    text.replaceAll(/(?:%[\da-f]{2})+/gi, bytes),
    text.replaceAll(/(?:=[\da-f]{2})+/gi, bytes),
    text.replaceAll(/\\u([\da-f]{4})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16))),
  ];
  const words = plain.flatMap((each) => each.match(/[\w+/-]{6,}/g) ?? []);
  // From each place in the group of four.
  const inBase64 = words.flatMap((word) =>
    [0, 1, 2, 3].map((from) => Buffer.from(word.slice(from), "base64").toString("latin1")),
  );
  return [...plain, ...inBase64];
}

function expectHidden([left, , right]: Secret, text: string): void {
  // A piece of six characters is too much, too.
  const pieces = [left, right].flatMap((part) =>
    Array.from({ length: part.length - 5 }, (_, i) => part.slice(i, i + 6)),
  );
  expect(readings(text).filter((reading) => pieces.some((piece) => reading.includes(piece)))).toEqual([]);
}

let encode = ENCODINGS["plain"]!;

const http = createHttpServer((request, response) => {
  let body = "";
  request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
  request.on("end", () => {
    const [, routingKey = ""] = /"routing_key":"(\w+)"/.exec(body) ?? [];
    const { authorization = "", "x-key": key = "" } = request.headers;
    const url = new URL(request.url ?? "", "http://x");
    const pair = Buffer.from(/^Basic (\S+)/.exec(authorization)?.[1] ?? "", "base64").toString();
    const said = [
      routingKey,
      authorization,
      String(key),
      pair,
      pair.split(":").slice(1).join(":"),
      url.search,
      url.searchParams.get("token") ?? "",
    ];
    const path = [url.pathname, ...url.pathname.split("/").slice(-1)].flatMap((each) => [
      each,
      decodeURIComponent(each),
    ]);
    response.writeHead(400, { "Content-Type": "text/plain" });
    response.end(`refused: ${[...said, ...path].map((each) => encode(each)).join(" ")}`);
  });
});
// It offers one way of authentication, PLAIN or LOGIN.
let authentication = "PLAIN";
const smtp = createServer((socket) => {
  socket.write("220 mail\r\n");
  let login = 0;
  socket
    .on("error", () => {})
    .on("data", (data) => {
      const line = data.toString().trim();
      if (line.startsWith("EHLO")) socket.write(`250-mail\r\n250 AUTH ${authentication}\r\n`);
      else if (line === "AUTH LOGIN") {
        login = 1;
        socket.write("334 VXNlcm5hbWU6\r\n");
      } else if (login === 1) {
        login = 2;
        socket.write("334 UGFzc3dvcmQ6\r\n");
      } else {
        const pair = Buffer.from(line.split(" ").at(-1) ?? "", "base64").toString();
        socket.write(`535 refused ${encode(line)} ${encode(pair.split("\0").at(-1) ?? "")}\r\n`);
      }
    });
});

beforeAll(async () => {
  for (const server of [http, smtp]) await once(server.listen(0, "127.0.0.1"), "listening");
});
afterAll(() => {
  http.closeAllConnections();
  http.close();
  smtp.close();
});

function receiversWith(secret: string): ReceiverOptions[] {
  const [host, escaped] = [`127.0.0.1:${addressOf(http).port}`, encodeURIComponent(secret)];
  const mail = `smtp://user:${escaped}@127.0.0.1:${addressOf(smtp).port}`;
  const url = `http://${host}`;
  return [
    { type: "webhook", url: `http://user:${escaped}@${host}/hook` },
    { type: "webhook", url: `http://${host}/hook?token=${escaped}` },
    { type: "webhook", url, headers: { "X-Key": secret } },
    { type: "alertmanager", url, headers: { Authorization: `Basic ${base64(`user:${secret}`)}` } },
    { type: "alertmanager", url, headers: { Authorization: `Bearer ${secret}` } },
    { type: "slack", url: `http://${host}/services/T0/${escaped}` },
    { type: "pagerduty", url, routingKey: secret.replaceAll(/\W/g, "").padEnd(32, "x").slice(0, 32) },
    { type: "email", smtp: mail, from: "a@x", to: "b@x" },
  ];
}

test.each(Object.keys(ENCODINGS))(
  "no receiver reports a secret that its server repeats: %s",
  async (name) => {
    encode = ENCODINGS[name]!;
    const lines = logged();
    await fc.assert(
      fc.asyncProperty(secrets, fc.constantFrom("PLAIN", "LOGIN"), async (secret, way) => {
        authentication = way;
        const receivers = receiversWith(secret.join(""));
        const delivery = new AlertDelivery({ receivers });
        const reports = await delivery.test();
        await delivery.close();
        expect(reports.map(({ reason }) => reason)).toEqual(
          receivers.map(() => expect.stringContaining("(hidden)")),
        );
        for (const { reason = "" } of reports) expectHidden(secret, reason);
      }),
      { numRuns: runs(3) },
    );
    expect(lines).toEqual([]);
  },
);

test("no error of a remote history has a secret that its server repeats", async () => {
  for (const each of Object.values(ENCODINGS)) {
    encode = each;
    const [secret] = fc.sample(secrets, 1);
    const escaped = encodeURIComponent(secret!.join(""));
    const history = new RemoteHistory({
      url: `http://user:${escaped}@127.0.0.1:${addressOf(http).port}/?token=${escaped}`,
    });
    onTestFinished(() => history.close());
    const error: unknown = await history.query({ metric: "jobs" }).catch((reason: unknown) => reason);
    expect(String(error)).toContain("(hidden)");
    expectHidden(secret!, String(error));
  }
});

// Repeats the metadata of a call in its error, as text and in the encoding of gRPC's trailers.
async function grpcServer(): Promise<string> {
  const server = new Server();
  const refuse: handleUnaryCall<Buffer, Buffer> = ({ metadata }, answer) => {
    const said = ["authorization", "x-key"].flatMap((name) => metadata.get(name)).map(String);
    answer({
      code: status.INVALID_ARGUMENT,
      details: `refused: ${said.map((each) => encode(each)).join(" ")}`,
    });
  };
  const same = (bytes: Buffer): Buffer => bytes;
  const path = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
  const form = {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  server.addService({ Export: form }, { Export: refuse });
  onTestFinished(() => server.forceShutdown());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return `http://127.0.0.1:${port}`;
}

test("no message of an exporter over gRPC has a secret that its server repeats", async () => {
  const url = await grpcServer();
  const lines = logged();
  for (const [name, each] of Object.entries(ENCODINGS)) {
    encode = each;
    lines.length = 0;
    const [secret] = fc.sample(secrets, 1);
    const text = secret!.join("");
    // Without an outbox the error is the caller's; with one, the exporter logs it.
    vi.stubEnv("OTEL_EXPORTER_OTLP_HEADERS", `authorization=Bearer ${encodeURIComponent(text)}`);
    const exporters = [
      new OtlpExporter({ protocol: "grpc", url, headers: { "x-key": text } }),
      new OtlpExporter({ protocol: "grpc", url, outbox: { directory: newFolder("outbox") } }),
    ];
    for (const exporter of exporters) {
      const metrics = resourceMetrics([scope("shop", [counter({ name: "orders" }, [{}, 1])])]);
      const { error } = await new Promise<ExportResult>((resolve) => exporter.export(metrics, resolve));
      await exporter.forceFlush();
      await exporter.shutdown();
      lines.push(String(error ?? ""));
    }
    expect([name, lines.join("\n")]).toEqual([name, expect.stringMatching(/refused: .*\(hidden\)/)]);
    expectHidden(secret!, lines.join("\n"));
  }
});
