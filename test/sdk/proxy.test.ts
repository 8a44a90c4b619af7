// A program whose requests go through a proxy: at its end, through an outage of the proxy, and with encryption to it.
import { beforeAll, expect, test } from "vitest";
import { certificate } from "../kit/certificate.ts";
import { newFolder } from "../kit/new-folder.ts";
import { metricsOf, otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { freePort, runNode } from "../kit/process.ts";
import { testProxy } from "../kit/proxy.ts";
import { pushReceiver } from "../kit/pushgateway.ts";

beforeAll(packedProject);

const LOGIN = "metrics:s3cret";

const program = (options: object, end: string): string => `import { start } from "tachymeter";
  const telemetry = start({ ...${JSON.stringify(options)}, host: false, runtime: false, group: false });
  const orders = telemetry.meterProvider.getMeter("shop").createCounter("orders");
  orders.add(5);
  ${end}`;

// The variables do not apply to the same machine. The test proxy finds hosts of this domain there.
function elsewhere(url: string): string {
  return url.replace("127.0.0.1", "backend.test");
}

test.each(["", "process.exit(0);"])(
  "the last figures of a program go through the proxy; end: %s",
  { retry: 4 },
  async (end) => {
    const proxy = await testProxy({ login: LOGIN });
    const url = proxy.url.replace("://", `://${LOGIN}@`);
    const [otlp, gateway] = [await otlpReceiver(), await pushReceiver()];
    const readers = [
      { type: "otlp", url: elsewhere(`${otlp.url}/v1/metrics`) },
      { type: "pushgateway", url: elsewhere(gateway.url), job: "batch" },
    ];
    const cwd = await application({
      "by-variable.mjs": program({ readers }, end),
      "by-option.mjs": program({ readers, proxy: url }, end),
    });
    for (const [file, env] of [
      ["by-variable.mjs", { HTTP_PROXY: url }],
      ["by-option.mjs", {}],
    ] as const) {
      const child = runNode({ cwd, args: [file], env });
      await child.exit;
      expect(child.stdout + child.stderr).not.toContain("s3cret");
    }
    expect(otlp.requests.length).toBe(2);
    expect(gateway.requests.length).toBe(2);
    expect(proxy.requests.length).toBe(4);
  },
);

test("nothing is lost through an outage of the proxy, which has a certificate", async () => {
  const { cert, key, certFile } = await certificate();
  const receiver = await otlpReceiver(undefined, { cert, key });
  const port = await freePort();
  const options = {
    proxy: `https://${LOGIN}@localhost:${port}`,
    collectionInterval: 0.2,
    readers: [
      {
        type: "otlp",
        url: `${receiver.url}/v1/metrics`,
        temporality: "delta",
        outbox: { directory: newFolder("outbox") },
      },
    ],
  };
  const cwd = await application({
    "app.mjs": program(
      options,
      `setTimeout(() => orders.add(2), 1_000);
      setTimeout(() => console.log("waits"), 1_500);
      setInterval(() => {}, 60_000);`,
    ),
  });
  const child = runNode({ cwd, args: ["app.mjs"], env: { NODE_EXTRA_CA_CERTS: certFile } });
  await child.waitForOutput(/^waits$/m);
  expect(receiver.requests).toEqual([]);
  const proxy = await testProxy({ login: LOGIN, port, tls: { cert, key } });
  child.kill();
  await child.exit;
  const values = receiver.requests.flatMap(({ body }) =>
    metricsOf(body).flatMap((metric) =>
      metric.name === "orders" && metric.kind === "sum" ? metric.points.map(({ value }) => value) : [],
    ),
  );
  expect(values).toEqual([5, 2]);
  expect(new Set(proxy.requests)).toEqual(new Set([`CONNECT ${new URL(receiver.url).host}`]));
  expect(child.stderr).toMatch(/attempts failed since .*ECONNREFUSED.*proxy "https:\/\/localhost/);
  expect(child.stderr).not.toContain("s3cret");
});
