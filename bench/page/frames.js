// The time that the main thread of a tab spends for each frame, from Chromium's trace.
//
// While it is measured, all charts of the overview move each second, and the cursor moves over them or drags over one.
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline", "toplevel"];
const HOVER_MILLIS = 8_000;
const DRAGS = 6;
const DRAG_STEPS = 40;
// The step of this range is a second.
const RANGE_SECONDS = 240;

/** Hovers and drags over the overview. Returns the figures in one line. */
export async function frames(browser, context, url) {
  const page = await context.newPage();
  const folder = await mkdtemp(join(tmpdir(), "tachymeter-page-"));
  try {
    await page.goto(`${url}#/overview?range=${RANGE_SECONDS}`);
    await page.locator(".plot[data-drawn]").nth(10).waitFor();
    await hover(page);
    const path = join(folder, "trace.json");
    await browser.startTracing(page, { path, categories: CATEGORIES });
    await hover(page);
    for (let i = 0; i < DRAGS; i++) await drag(page, i);
    await browser.stopTracing();
    return figures(framesOf(JSON.parse(readFileSync(path, "utf8")).traceEvents));
  } finally {
    await page.close();
    await rm(folder, { recursive: true });
  }
}

async function hover(page) {
  const end = performance.now() + HOVER_MILLIS;
  for (let step = 0; performance.now() < end; step++)
    await page.mouse.move(200 + ((step * 7) % 1_000), 150 + ((step * 3) % 500));
}

// Selects a range of the past, and goes back to the present.
async function drag(page, i) {
  const box = await page.locator(".u-over").nth(i).boundingBox();
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.2, y);
  await page.mouse.down();
  for (let step = 0; step <= DRAG_STEPS; step++)
    await page.mouse.move(box.x + box.width * (0.2 + (0.6 * step) / DRAG_STEPS), y + (step % 5));
  await page.mouse.up();
  await page.locator(".age.past").waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".age.live").waitFor();
}

// All tasks of the main thread belong to the frame that is committed with them or after them.
function framesOf(events) {
  const commits = events.filter(({ name, ph }) => name === "Commit" && ph === "X");
  const [{ pid, tid }] = commits;
  const ends = commits.map(({ ts, dur }) => ts + dur).toSorted((a, b) => a - b);
  const found = ends.map(() => ({ wall: 0, cpu: 0 }));
  for (const task of events) {
    if (task.pid !== pid || task.tid !== tid || task.ph !== "X" || task.name !== "RunTask") continue;
    const frame = found[ends.findIndex((end) => end >= task.ts)];
    if (frame === undefined) continue;
    frame.wall += task.dur / 1_000;
    frame.cpu += (task.tdur ?? task.dur) / 1_000;
  }
  // Tasks before the trace belong to the first one, too.
  return found.slice(1);
}

function figures(found) {
  const of = (name) => {
    const sorted = found.map((frame) => frame[name]).toSorted((a, b) => a - b);
    const at = (share) => sorted[Math.floor(share * sorted.length)].toFixed(1);
    return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms`;
  };
  return `main thread for each of ${found.length} frames: ${of("wall")}; CPU time ${of("cpu")}`;
}
