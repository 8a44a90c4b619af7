// A program that does nothing: what Node itself takes.
process.exitCode = 0;
