import { withoutSlash } from './check-claims.js';

const FEEDBACK = '/feedback';

/**
 * What a token for a call of this endpoint may be made out to: the endpoint, and for feedback also the service, whose
 * token some clients send again.
 */
export function audiencesOf(endpointUrl: string): readonly string[] {
  const url = withoutSlash(endpointUrl);
  return url.endsWith(FEEDBACK) ? [url, url.slice(0, -FEEDBACK.length)] : [url];
}
