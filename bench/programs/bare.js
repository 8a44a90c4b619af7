// A program that does nothing, to measure Node itself.
process.exitCode = 0;
