/** Why data could not be had, or not all of them. Each has its words in `gapReasons` of cards.json. */
export const GAP_REASONS = [
  'not-supplied',
  'not-looked-at',
  'no-encounter',
  'not-found',
  'fhir-server-not-allowed',
  'no-access-token',
  'scope-not-granted',
  'other-patient',
  'timeout',
  'network',
  'refused',
  'server-error',
  'server-down',
  'budget-used-up',
  'unreadable',
  'outcome',
  'withheld',
  'unread-pages',
  'missing-entries',
  'unreadable-entries',
  'unattributed-entries',
  'unresolved-results',
  'unrecognized-troponin',
  'unreadable-drugs',
] as const;

export type GapReason = (typeof GAP_REASONS)[number];
