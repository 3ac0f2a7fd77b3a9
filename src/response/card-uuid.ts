import { hash } from 'node:crypto';

/** Namespace of this service's card ids. */
const NAMESPACE = 'urn:troponin-first:card:';

/** RFC 9562 §5.5: version and variant stand where a hash has arbitrary bits. */
function asUuid(sha1: string): string {
  const variant = '89ab'.charAt(parseInt(sha1.charAt(16), 16) & 0x3);
  const third = `5${sha1.slice(13, 16)}`;
  const fourth = variant + sha1.slice(17, 20);
  return `${sha1.slice(0, 8)}-${sha1.slice(8, 12)}-${third}-${fourth}-${sha1.slice(20, 32)}`;
}

/**
 * The same call gives the same card the same id; another patient, instance, service or rule gives another.
 * A name-based UUID in the form of version 5. Node's one-shot hash is used, since a library's costs more than the rest of a small answer.
 */
export function cardUuid(serviceId: string, hookInstance: string, patientId: string, rule: string): string {
  return asUuid(hash('sha1', NAMESPACE + JSON.stringify([serviceId, hookInstance, patientId, rule])));
}
