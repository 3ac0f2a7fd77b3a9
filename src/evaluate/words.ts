import type { ProblemCode } from '../service/problem.js';
import type { ChartOutcome } from './answer-chart.js';
import type { Unread } from './read-file.js';

/** Why something was not read, in words. */
export const UNREAD_WORDS: Readonly<Record<Unread, string>> = {
  'cannot-be-opened': 'a file that cannot be opened, or not be read to its end',
  'too-large': 'more than 256 MB in one file, or of one patient',
  'no-json': 'a file that is no JSON',
  'no-bundle': 'a file that is no FHIR Bundle',
  'no-patient': 'a Bundle that names no patient',
  'line-no-json': 'a line that is no JSON',
  'line-no-resource': 'a line that is no FHIR resource',
  'line-no-patient': 'a line that names no patient by id',
  'line-too-long': 'a line of more than 256 MB',
};

type NotFired = Extract<ChartOutcome, { readonly notFired: unknown }>['notFired'];

/** Why a hook did not fire, in words. */
export const NOT_FIRED_WORDS: Readonly<Record<NotFired, string>> = {
  'no-encounter': 'the chart has no encounter for this hook',
  'no-order': 'the chart has no order for this hook',
  'no-condition': 'the chart has no condition for this hook',
  'no-date': 'nothing in the chart has a date to go by',
};

/** What kind of refusal it would have been. */
export function refusalWords(problem: ProblemCode): string {
  return problem === 'data-unavailable'
    ? 'The service would answer 412: data that it requires cannot be had.'
    : 'The service would refuse the call.';
}

/** Said wherever answers from files are shown. */
export const WHOLE_RECORD =
  'Each file is taken as the whole record: what it does not hold counts as asked for and not there.';
