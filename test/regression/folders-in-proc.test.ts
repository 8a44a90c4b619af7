import { beforeAll, expect, test } from "vitest";
import { tachymeter } from "../cli/running.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";

beforeAll(packedProject);

test.runIf(process.platform === "linux")(
  "an application whose alerts cannot have their folder runs and ends",
  async () => {
    const cwd = await application({
      "app.mjs": `
        import { start } from "tachymeter";
        const alerts = { directory: "/proc/x/y", monitors: false };
        const telemetry = start({ host: false, group: false, instrumentations: [], readers: [], alerts });
        await telemetry.ready;
        await telemetry.shutdown();
        console.log("ended");`,
    });
    const child = runNode({ cwd, args: ["app.mjs"] });
    expect(await child.exit).toMatchObject({ code: 0 });
    expect(child.stdout).toContain("ended");
    expect(child.stderr).toMatch(/alerts: folder "\/proc\/x\/y" cannot be made/);
  },
);

test.runIf(process.platform === "linux")("dashboards are not exported to /proc", async () => {
  const child = await tachymeter("dashboards", "export", "--out", "/proc/x/y");
  expect(await child.exit).toMatchObject({ code: 1 });
  expect(child.stderr).toMatch(/^tachymeter: .*\/proc\/x/);
});
