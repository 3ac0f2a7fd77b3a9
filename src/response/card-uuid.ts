import { v5 } from 'uuid';

/** Namespace of this service's card ids. */
const NAMESPACE = '6f0d3a0e-6a43-5c1b-9a35-3f4c7c1f8b52';

/** The same call gives the same card the same id; another patient, instance, service or rule gives another. */
export function cardUuid(serviceId: string, hookInstance: string, patientId: string, rule: string): string {
  return v5(JSON.stringify([serviceId, hookInstance, patientId, rule]), NAMESPACE);
}
