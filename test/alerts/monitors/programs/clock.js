// A clock that is CLOCK_SHIFT_MILLIS ahead, or behind if it is negative.
const shift = Number(process.env.CLOCK_SHIFT_MILLIS ?? 0);
const { now } = Date;
if (shift !== 0) Date.now = () => now() + shift;
