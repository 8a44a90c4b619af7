// A program that waits, and tells how much memory it takes.
setTimeout(() => {
  console.log(process.memoryUsage.rss());
  process.exit();
}, 500);
