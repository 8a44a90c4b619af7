// A worker that echoes messages, and exits on request.
process.on("message", (message) => {
  if (message.exit === undefined) process.send(message);
  else process.exit(message.exit);
});
