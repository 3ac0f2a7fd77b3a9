import { judge } from '../assessment/criteria.js';
import type { Assessment } from '../assessment/assess.js';
import type { Card, Suggestion, SuggestedServiceRequest } from '../cds-hooks/types.js';
import type { FiringRule, SafetyFinding } from '../assessment/safety.js';
import type { ClinicalFacts } from '../facts/describe-patient.js';
import type { Evidence } from '../facts/fact.js';
import type { SuggestedOrder } from '../knowledge/content-types.js';
import type { Topic } from '../knowledge/topic.js';
import { evidenceOfFacts } from './card-basis.js';
import { plainLine } from './inert-text.js';

/** What suggestions need of a call: whose order it is, where and by whom, and ids that no other call gives. */
export interface SuggestionContext {
  readonly topic: Topic;
  readonly facts: ClinicalFacts;
  readonly assessment: Assessment;
  readonly patientId: string;
  readonly encounterId: string | undefined;
  readonly userId: string;
  readonly uuidFor: (name: string) => string;
}

/** Who may place an order, as ServiceRequest.requester allows among the users of a hook. */
const REQUESTER = /^(Practitioner|PractitionerRole|Patient|RelatedPerson)\/[A-Za-z0-9\-.]{1,64}$/;

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** When the order is due: now, or in the window of the repeat sample. */
function occurrenceOf(
  { timing }: SuggestedOrder,
  { facts, assessment }: SuggestionContext,
): Pick<SuggestedServiceRequest, 'occurrenceDateTime' | 'occurrencePeriod'> {
  const due = timing === 'repeat' ? assessment.grounds.get('repeat-troponin-due') : undefined;
  if (due?.state !== 'present' || due.number === undefined) return { occurrenceDateTime: instant(facts.asOf) };
  const [start, end] = [due.number, due.upTo ?? due.number];
  if (start === end) return { occurrenceDateTime: instant(start) };
  return { occurrencePeriod: { start: instant(start), end: instant(end) } };
}

/** The condition that makes the order needed; one that is only being added has no id to refer to. */
function reasonOf({ assessment }: SuggestionContext): Pick<SuggestedServiceRequest, 'reasonReference' | 'reasonCode'> {
  const [condition] = evidenceOfFacts(['condition-entry'], assessment);
  if (condition === undefined) return {};
  const isReferable = condition.isDraft !== true && /^Condition\/[A-Za-z0-9\-.]{1,64}$/.test(condition.reference);
  if (isReferable) return { reasonReference: [{ reference: condition.reference }] };
  const text = plainLine(condition.display);
  return text === '' ? {} : { reasonCode: [{ text }] };
}

function toServiceRequest(
  name: string,
  order: SuggestedOrder,
  context: SuggestionContext,
): SuggestedServiceRequest | undefined {
  const coded = context.topic.topic.orders[order.order];
  if (coded === undefined) return undefined;
  const { patientId, encounterId, userId, facts } = context;
  return {
    resourceType: 'ServiceRequest',
    id: context.uuidFor(`${name}/resource`),
    status: 'draft',
    intent: 'proposal',
    priority: order.timing === 'now' ? 'stat' : 'urgent',
    code: { coding: [coded.coding], text: coded.text },
    subject: { reference: `Patient/${patientId}` },
    ...(encounterId !== undefined && { encounter: { reference: `Encounter/${encounterId}` } }),
    ...occurrenceOf(order, context),
    authoredOn: instant(facts.asOf),
    ...(REQUESTER.test(userId) && { requester: { reference: userId } }),
    ...reasonOf(context),
  };
}

function toSuggestion(name: string, context: SuggestionContext): readonly Suggestion[] {
  const order = context.topic.cards.suggestions[name];
  const { grounds } = context.assessment;
  if (order === undefined || judge(order.when, grounds) !== 'met') return [];
  const resource = toServiceRequest(name, order, context);
  if (resource === undefined) return [];
  const isRecommended = order.recommendedWhen !== undefined && judge(order.recommendedWhen, grounds) === 'met';
  return [
    {
      label: order.label,
      uuid: context.uuidFor(name),
      ...(isRecommended && { isRecommended }),
      actions: [{ type: 'create', description: order.description, resource }],
    },
  ];
}

/** Suggestions exclude nothing among themselves: any of them may be taken. */
function asCardMembers(suggestions: Suggestion[]): Pick<Card, 'suggestions' | 'selectionBehavior'> {
  return suggestions.length === 0 ? {} : { suggestions, selectionBehavior: 'any' };
}

/** The orders a card may suggest: drafts only, none that exists already. */
export function orderSuggestions(
  names: readonly string[],
  context: SuggestionContext,
): Pick<Card, 'suggestions' | 'selectionBehavior'> {
  return asCardMembers(names.flatMap((name) => toSuggestion(name, context)));
}

const MOST_REMOVALS = 10;
const DELETABLE = /^[A-Z][A-Za-z]+\/[^/\s()]+$/;

/**
 * On the order hooks: taking back a draft of the drug that the rules warn of. Never the other side of a pair, which
 * may be what the patient needs, and never the revision of a standing order.
 */
export function removalSuggestions(
  { rules, indicator }: SafetyFinding,
  context: SuggestionContext,
): Pick<Card, 'suggestions' | 'selectionBehavior'> {
  const { removeDraft, removeDraftDescription } = context.topic.cards.words;
  const drafts = evidenceOfFacts(
    rules.flatMap(({ rule }) => rule.taking),
    context.assessment,
  ).filter(({ isDraft, reference }) => isDraft === true && DELETABLE.test(reference));
  // A card with more buttons than this helps nobody.
  const offered = drafts.slice(0, MOST_REMOVALS);
  const isClear = indicator === 'critical' && rules.some(isStop) && drafts.length === 1;
  return asCardMembers(
    offered.map(({ reference, display }) => ({
      label: `${removeDraft}: ${plainLine(display)}${isAlone(display, offered) ? '' : ` (${reference})`}`,
      uuid: context.uuidFor(`remove/${reference}`),
      ...(isClear && { isRecommended: true }),
      actions: [
        {
          type: 'delete' as const,
          description: `${removeDraftDescription}: ${plainLine(display)}`,
          resourceId: reference,
        },
      ],
    })),
  );
}

function isAlone(display: string, drafts: readonly Evidence[]): boolean {
  return drafts.filter((draft) => draft.display === display).length === 1;
}

function isStop({ levels }: FiringRule): boolean {
  return levels.some(({ level }) => level === 'stop');
}
