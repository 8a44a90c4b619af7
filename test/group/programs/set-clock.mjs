// A preload that sets the clock back by SET_BACK milliseconds, and, if the process gets SIGUSR2, by as much again.
const real = Date.now;
const step = Number(process.env.SET_BACK);
let back = step;
Date.now = () => real() - back;
process.on("SIGUSR2", () => (back += step));
