import type { DataNeed } from '../knowledge/content-types.js';
import { answerNeed, createServer, type Subject } from '../record/answer-need.js';
import type { NeedAnswer } from '../record/patient-record.js';
import { fetchBy, type FhirContext } from './fhir-context.js';
import { fault, inMilliseconds, notChecked, ok, warn, type Row } from './row.js';

const FIX = 'see the query above it, the types the server offers, and the scopes of the token';

function rowOf({ need, entries, gap, completeSince }: NeedAnswer, { topic }: FhirContext): Row {
  const check = `fhir.answer.${need.key}`;
  const count = entries.length === 1 ? '1 entry' : `${String(entries.length)} entries`;
  if (gap === undefined) return ok(check, `${need.title}: read whole, ${count}`);
  const reason = topic.cards.gapReasons[gap] ?? gap;
  if (Number.isFinite(completeSince)) {
    return warn(check, `${need.title}: ${count}, whole only back to a point in time (${reason})`, FIX);
  }
  if (need.required === true) return fault(check, `${need.title}: could not be had (${reason}); calls get 412`, FIX);
  return warn(check, `${need.title}: could not be checked (${reason}); cards will say so`, FIX);
}

function checkTime(milliseconds: number, { timeBudgetMs }: FhirContext): Row {
  const check = 'fhir.time';
  const words = `everything at once took ${inMilliseconds(milliseconds)}, of ${String(timeBudgetMs)} ms`;
  return milliseconds <= timeBudgetMs
    ? ok(check, words)
    : fault(
        check,
        words,
        'what comes too late is a gap on the card: send prefetch, speed up the slow queries above, or raise TF_TIME_BUDGET_MS',
      );
}

/** What the service itself would get of this patient, need by need, and the gap that a card would speak of. */
export async function checkAnswers(context: FhirContext, patientId: string): Promise<readonly Row[]> {
  const { base, token, topic, encounterId, now } = context;
  const subject: Subject = { patientId, encounterId, asOf: now() };
  const signal = new AbortController().signal;
  const server = createServer({ access: { baseUrl: base, token }, fetch: fetchBy(context), signal });
  const isAsked = ({ read }: DataNeed) => read !== 'encounterId' || encounterId !== undefined;
  const started = now();
  const answers = await Promise.all(
    topic.facts.needs.filter(isAsked).map((need) => answerNeed(need, topic, subject, {}, server)),
  );
  const milliseconds = now() - started;
  const skipped = topic.facts.needs
    .filter((need) => !isAsked(need))
    .map(({ key }) => notChecked(`fhir.answer.${key}`, 'give --encounter to ask for it'));
  return [...answers.map((answer) => rowOf(answer, context)), ...skipped, checkTime(milliseconds, context)];
}
