// One process of pm2.
await import("tachymeter/register");
const { hold, work } = await import("./work.mjs");
work(1_000, "pm2");
hold(1);
console.log("worked");
setInterval(() => {}, 60_000);
