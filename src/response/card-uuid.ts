import { hash } from 'node:crypto';

/** Namespace of this service's card ids. */
const NAMESPACE = '6f0d3a0e6a435c1b9a353f4c7c1f8b52';

/** RFC 9562 §5.5: version and variant stand where a hash has arbitrary bits. */
function asUuid(sha1: string): string {
  const variant = ((parseInt(sha1.charAt(16), 16) & 0x3) | 0x8).toString(16);
  const digits = `${sha1.slice(0, 12)}5${sha1.slice(13, 16)}${variant}${sha1.slice(17, 32)}`;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * The same call gives the same card the same id; another patient, instance, service or rule gives another.
 * A version 5 UUID. Node's one-shot hash is used, since a library's costs more than the rest of a small answer.
 */
export function cardUuid(serviceId: string, hookInstance: string, patientId: string, rule: string): string {
  const name = Buffer.from(JSON.stringify([serviceId, hookInstance, patientId, rule]));
  return asUuid(hash('sha1', Buffer.concat([Buffer.from(NAMESPACE, 'hex'), name])));
}
