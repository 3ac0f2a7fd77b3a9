import express, { type RequestHandler } from 'express';

/** Nothing from elsewhere, nothing inline, not in a frame. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = Object.entries({
  'Content-Security-Policy': PAGE_POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
});

/** The built page and its files; everything that is not one of them goes on to the service. */
export function servePage(directory: string): RequestHandler {
  return express.static(directory, {
    setHeaders: (response) => {
      for (const [name, value] of HEADERS) response.setHeader(name, value);
    },
    cacheControl: false,
  });
}
