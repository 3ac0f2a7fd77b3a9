/** A FHIR base URL in comparable form, without trailing slash; undefined when it is not a plain http(s) base. */
export function normalizeBaseUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!isPlain || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
