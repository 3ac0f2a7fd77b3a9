import { tokensOf } from '../fhir/value-set.js';
import { checkPhrases, checkPlaceholders, guaranteedBy, guaranteedForCohort, union } from './check-text.js';
import { SUMMARY_LIMIT } from './check-wording.js';
import { repeatedIds, unknownNames, type ContentProblem } from './content-problem.js';
import type { SafetyRule, TherapyOption } from './content-types.js';
import { optionsOf, type TopicContent } from './topic.js';

const SAFETY = 'safety.json';
const LADDER = 'ladder.json';

/** The facts that tell whether a drug is taken or a procedure is drafted. */
function takingFacts({ facts }: TopicContent): readonly string[] {
  return Object.entries(facts.facts)
    .filter(([, { kind }]) => kind === 'medication' || kind === 'order')
    .map(([name]) => name);
}

function reasonsOf({ overrideReasons }: TopicContent): readonly string[] {
  return (overrideReasons.concept ?? []).map(({ code }) => code);
}

function referencesOf({ topic }: TopicContent): readonly string[] {
  return topic.references.map(({ id }) => id);
}

function checkLevels(content: TopicContent, rule: SafetyRule): readonly ContentProblem[] {
  const always = guaranteedForCohort(content);
  return rule.levels.flatMap((level, index) => {
    const place = `/rules/${rule.id}/levels/${String(index)}`;
    const guaranteed = union([always, guaranteedBy(content, level.when)]);
    return [
      ...unknownNames({ file: SAFETY, place }, 'option', level.for ?? [], rule.options),
      ...checkPlaceholders(content, { place, text: level.line, guaranteed }, new Set(), SAFETY),
      ...checkPhrases(content, place, level.line, SAFETY),
    ];
  });
}

function checkRuleCard(content: TopicContent, { id, card }: SafetyRule): readonly ContentProblem[] {
  if (card === undefined) return [];
  const place = `/rules/${id}/card`;
  const at = { file: SAFETY, place };
  const problem = (message: string, mend: string, near: string): ContentProblem => ({ ...at, message, mend, near });
  return [
    ...(card.active === undefined && card.draft === undefined
      ? [
          problem(
            'has no indicator, neither for active nor for draft',
            'add "active": "warning", "draft": "warning" or both',
            'summary',
          ),
        ]
      : []),
    ...(card.summary.length >= SUMMARY_LIMIT
      ? [
          problem(
            `has a summary of ${String(SUMMARY_LIMIT)} characters or more`,
            `shorten it by ${String(card.summary.length - SUMMARY_LIMIT + 1)} characters; "advice" has room`,
            card.summary,
          ),
        ]
      : []),
    ...(/[{\n]/.test(card.summary)
      ? [
          problem(
            'has a summary with a placeholder or a line break',
            'write plain words on one line; what was found stands in the line of the level',
            card.summary,
          ),
        ]
      : []),
    ...[card.summary, ...card.advice].flatMap((text) => checkPhrases(content, place, text, SAFETY)),
    ...unknownNames(at, 'override reason', card.overrideReasons ?? [], reasonsOf(content)),
    ...unknownNames(at, 'reference', card.references ?? [], referencesOf(content)),
  ];
}

function checkRule(content: TopicContent, rule: SafetyRule): readonly ContentProblem[] {
  const at = { file: SAFETY, place: `/rules/${rule.id}` };
  return [
    ...unknownNames(
      at,
      'option',
      rule.options,
      optionsOf(content).map(({ id }) => id),
    ),
    ...unknownNames(at, 'fact of a drug or draft', rule.taking, takingFacts(content)),
    ...checkLevels(content, rule),
    ...checkRuleCard(content, rule),
    ...(rule.ask === undefined ? [] : checkPhrases(content, at.place, rule.ask, SAFETY)),
  ];
}

function checkOption(
  content: TopicContent,
  { id, title, text, taking = [], tried = [] }: TherapyOption,
): readonly ContentProblem[] {
  const at = { file: LADDER, place: `/options/${id}` };
  const known = Object.keys(content.facts.facts);
  return [
    ...unknownNames(at, 'fact', [...taking, ...tried], known),
    ...[title, text].flatMap((words) => checkPhrases(content, at.place, words, LADDER)),
    ...(/[{\n]/.test(text)
      ? [
          {
            ...at,
            message: 'has a text with a placeholder or a line break',
            mend: 'write plain words on one line',
            near: text,
          },
        ]
      : []),
  ];
}

function checkDrugs({ drugs, facts }: TopicContent): readonly ContentProblem[] {
  const classes = Object.keys(drugs.classes);
  const used = Object.entries(facts.facts).flatMap(([name, fact]) =>
    fact.kind === 'medication' || fact.kind === 'allergy' ? fact.classes.map((id) => ({ name, id })) : [],
  );
  return [
    ...used.flatMap(({ name, id }) =>
      unknownNames({ file: 'facts.json', place: `/facts/${name}` }, 'drug class', [id], classes),
    ),
    ...Object.entries(drugs.classes).flatMap(([id, { exceptRoutes = [] }]) =>
      unknownNames({ file: 'drugs.json', place: `/classes/${id}` }, 'route', exceptRoutes, Object.keys(drugs.routes)),
    ),
    ...classes
      .filter((id) => !used.some((use) => use.id === id))
      .map((id) => ({
        file: 'drugs.json',
        place: `/classes/${id}`,
        message: 'is used by no fact',
        mend: `name it in "classes" of a fact of facts.json, or take it out`,
        near: id,
      })),
  ];
}

function checkOrders({ topic, valueSets }: TopicContent): readonly ContentProblem[] {
  return Object.entries(topic.orders).flatMap(([name, { valueSet, coding }]) => {
    const set = valueSets.find(({ id }) => id === valueSet);
    const isListed = set !== undefined && tokensOf(set).includes(`${coding.system}|${coding.code}`);
    const message = `is coded ${coding.code}, which "${valueSet}" does not hold: the order would not be recognised`;
    const mend = `add the code to valuesets/${valueSet}.json, or write one that stands there`;
    return isListed ? [] : [{ file: 'topic.json', place: `/orders/${name}`, message, mend, near: coding.code }];
  });
}

function checkCardExtras(content: TopicContent): readonly ContentProblem[] {
  const { cards, topic } = content;
  const file = 'cards.json';
  const used = Object.entries(cards.cards).flatMap(([id, card]) => [
    ...unknownNames({ file, place: `/cards/${id}` }, 'override reason', card.overrideReasons ?? [], reasonsOf(content)),
    ...unknownNames(
      { file, place: `/cards/${id}` },
      'suggestion',
      card.suggestions ?? [],
      Object.keys(cards.suggestions),
    ),
  ]);
  const orders = Object.entries(cards.suggestions).flatMap(([id, { order, label, description }]) => [
    ...unknownNames({ file, place: `/suggestions/${id}` }, 'order', [order], Object.keys(topic.orders)),
    ...[label, description].flatMap((text) => checkPhrases(content, `/suggestions/${id}`, text)),
  ]);
  return [...used, ...orders];
}

function checkPlacement({ cases }: TopicContent): readonly ContentProblem[] {
  const columns = cases.columns.map(({ id }) => id);
  return unknownNames({ file: 'cases.json', place: '/safety' }, 'column', [cases.safety.after], columns);
}

/** Rules, ladder, drugs and suggestions: every name leads somewhere, every line quotes only what is surely known. */
export function checkTherapy(content: TopicContent): readonly ContentProblem[] {
  const { safety } = content;
  return [
    ...repeatedIds(
      SAFETY,
      safety.rules.map(({ id }) => id),
    ),
    ...repeatedIds(
      LADDER,
      optionsOf(content).map(({ id }) => id),
    ),
    ...safety.rules.flatMap((rule) => checkRule(content, rule)),
    ...optionsOf(content).flatMap((option) => checkOption(content, option)),
    ...unknownNames(
      { file: SAFETY, place: '/overrideReasons' },
      'override reason',
      safety.overrideReasons,
      reasonsOf(content),
    ),
    ...unknownNames({ file: SAFETY, place: '/references' }, 'reference', safety.references, referencesOf(content)),
    ...checkDrugs(content),
    ...checkOrders(content),
    ...checkCardExtras(content),
    ...checkPlacement(content),
  ];
}
