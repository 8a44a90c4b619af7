/**
 * Replaces `tachymeter/register` in the edge runtime (export condition `edge-light`): it throws.
 *
 * @module
 */
import { start } from "./edge.ts";

start();
