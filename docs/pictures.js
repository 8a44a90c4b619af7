// `npm run pictures`: the pictures of the documents, taken of the real thing. `demo.png` is the end of `npm run demo`.
// `report.png` is the page that `tachymeter report --format html` writes. `page.png` is the live page of an application.
// Needs Chromium (`apt-get install chromium`).
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { withPalette } from "./palette.js";

const repository = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "tachymeter-pictures-"));

try {
  takePicture("demo", terminalPage("npm run demo", demoLines()), { width: 860, height: 810 });
  takePicture("report", reportPage(), { width: 1120, height: 900 });
  execFileSync(process.execPath, [join(import.meta.dirname, "pictures-page.js")], { stdio: "inherit" });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function takePicture(name, page, { width, height }) {
  const file = join(folder, `${name}.html`);
  writeFileSync(file, page);
  const picture = join(import.meta.dirname, `${name}.png`);
  const size = `--window-size=${width},${height}`;
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    `--user-data-dir=${join(folder, "profile")}`,
  ];
  execFileSync("chromium", [...flags, size, `--screenshot=${picture}`, `file://${file}`], {
    stdio: "ignore",
  });
  writeFileSync(picture, withPalette(readFileSync(picture)));
  console.log(picture);
}

// Its tables; the lines before them show the work as it goes on.
function demoLines() {
  const output = execFileSync("npm", ["run", "--silent", "demo", "--", "--once"], {
    cwd: repository,
    encoding: "utf8",
  });
  const lines = stripVTControlCharacters(output).trimEnd().split("\n");
  const start = lines.findIndex((line) => line.startsWith("PROCESS"));
  if (start < 0) throw new Error(`the demo printed no table:\n${output}`);
  return lines.slice(start);
}

function terminalPage(command, lines) {
  const text = [`$ ${command}`, "…", ...lines].join("\n").replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<!doctype html><meta charset="utf-8"><style>
body { background: #16181d; color: #d8dee9; margin: 24px; }
pre { font: 14px/1.45 "DejaVu Sans Mono", monospace; margin: 0; }
</style><pre>${text}</pre>`;
}

// Two minutes of an application whose commands get slower and fail at times.
function reportPage() {
  const database = join(folder, "shop.db");
  execFileSync(process.execPath, [join(import.meta.dirname, "pictures-shop.js"), database], {
    stdio: "inherit",
  });
  const words = [
    "report",
    "shop.db",
    "--from",
    "60s",
    "--limit",
    "message.queue.size=1000",
    "--format",
    "html",
  ];
  const tachymeter = join(repository, "dist/tachymeter.js");
  return execFileSync(process.execPath, [tachymeter, ...words], { cwd: folder, encoding: "utf8" });
}
