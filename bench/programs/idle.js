// A program that waits, and reports its memory.
setTimeout(() => {
  console.log(process.memoryUsage.rss());
  process.exit();
}, 500);
