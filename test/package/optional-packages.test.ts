// Packages that an application installs for a receiver.
import { expect, test } from "vitest";
import { application } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";

const program = `
import { start } from "tachymeter";
const receiver = { type: "email", smtp: "smtp://u:p@127.0.0.1:1", from: "a@b.example", to: "a@b.example" };
try {
  start({ readers: [], alerts: { receivers: [receiver] } });
} catch (error) {
  console.log(error.name, error.message);
}
`;

test("without nodemailer, a receiver for mail is refused at the start, with the package's name", async () => {
  const cwd = await application({ "mail.mjs": program });
  const running = runNode({ cwd, args: ["mail.mjs"] });
  await running.waitForOutput(
    /OptionsError .*alerts\.receivers\[0\]\.type must .*npm install nodemailer, got "email"/,
  );
  expect(await running.exit).toMatchObject({ code: 0 });
});
