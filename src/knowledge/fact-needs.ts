import type { MedicationFact } from './content-types.js';
import type { TopicContent } from './topic.js';

const LISTS: readonly string[] = ['medicationRequests', 'medicationStatements'];
const LISTS_AND_DISPENSES: readonly string[] = [...LISTS, 'medicationDispenses'];

/** The data that must be whole before a drug may be called absent. */
export function needsOfMedication(when: MedicationFact['when']): readonly string[] {
  return when === 'recent' ? LISTS_AND_DISPENSES : LISTS;
}

/** The data needs that a fact stands on. */
export function needsOfFact(name: string, { facts }: TopicContent): readonly string[] {
  const fact = facts.facts[name];
  switch (fact?.kind) {
    case 'condition':
      return ['conditions', 'encounter'];
    case 'procedure':
      return ['procedures'];
    case 'observation':
      return [fact.need];
    case 'medication':
      return needsOfMedication(fact.when);
    case 'allergy':
      return ['allergies'];
    case 'derived':
      return fact.needs;
    case 'order':
    case undefined:
      return [];
  }
}
