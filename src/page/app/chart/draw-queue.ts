// Charts draw a few at a time, so that no frame takes long.
const FRAME_BUDGET_MILLIS = 2.5;

const waiting = new Set<() => void>();
let isScheduled = false;

/** Draws in one of the next frames. The same function waits only once. */
export function drawSoon(draw: () => void): void {
  waiting.add(draw);
  schedule();
}

/** Forgets a function that waits. */
export function forgetDraw(draw: () => void): void {
  waiting.delete(draw);
}

function schedule(): void {
  if (isScheduled || waiting.size === 0) return;
  isScheduled = true;
  requestAnimationFrame(() => {
    isScheduled = false;
    const end = performance.now() + FRAME_BUDGET_MILLIS;
    for (const draw of waiting) {
      waiting.delete(draw);
      draw();
      if (performance.now() > end) break;
    }
    schedule();
  });
}
