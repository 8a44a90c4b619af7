// A worker that gives back what it is told, and ends when it is told so.
process.on("message", (message) => {
  if (message.exit === undefined) process.send(message);
  else process.exit(message.exit);
});
