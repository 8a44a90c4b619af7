// An uninstrumented application: each client of a model calls a server that refuses all. Runs until its standard input closes.
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { generateText } from "ai";
import Groq from "groq-sdk";
import { Ollama } from "ollama";
import OpenAI from "openai";
import callAll from "./calls.cjs";

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
