// While Node.js imports a file of this package, it can't require another one that needs the same files. So a library was not
// measured if it was loaded meanwhile. The code that finds the owner of a port is imported at the start.
import { expect, test } from "vitest";
import { listening } from "../kit/listening.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

const PROGRAM = `
  import pg from "pg";

  const pool = new pg.Pool({ host: "127.0.0.1", port: 1 });
  await pool.query("SELECT 1").catch(() => {});
  const { running } = await import("tachymeter");
  const { series } = await running().query("db_client_connection_limit");
  console.log(series.length);
`;

test("a library is measured that is loaded while the port turns out to be in use", async () => {
  await packedProject();
  const taken = new URL(await listening((_, response) => response.end())).port;
  const cwd = await application({ "app.mjs": PROGRAM }, { libraries: true });
  const args = ["--import", "tachymeter/register", "app.mjs"];
  const child = runNode({ cwd, args, env: { OTEL_EXPORTER_PROMETHEUS_PORT: taken } });
  expect(await outputOf(child)).toBe("1\n");
  expect(child.stderr).not.toContain("could not be recorded");
}, 120_000);
