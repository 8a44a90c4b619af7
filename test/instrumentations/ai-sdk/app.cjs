// An uninstrumented application: each client of a model calls a server that refuses all. Runs until its standard input closes.
const { createOpenAI } = require("@ai-sdk/openai");
const { default: Anthropic } = require("@anthropic-ai/sdk");
const { BedrockRuntimeClient, ConverseCommand } = require("@aws-sdk/client-bedrock-runtime");
const { generateText } = require("ai");
const { default: Groq } = require("groq-sdk");
const { Ollama } = require("ollama");
const { default: OpenAI } = require("openai");
const callAll = require("./calls.cjs");

callAll({
  Anthropic,
  BedrockRuntimeClient,
  ConverseCommand,
  Groq,
  Ollama,
  OpenAI,
  createOpenAI,
  generateText,
});
