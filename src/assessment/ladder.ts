import { ABSENT, present, presentOrAbsent, UNKNOWN, type Fact, type Item } from '../facts/fact.js';
import type { SafetyLevel, SafetyRule, TherapyOption } from '../knowledge/content-types.js';
import { optionsOf, type Topic } from '../knowledge/topic.js';
import { oncePer } from '../lazy/once.js';
import { judge, type Grounds } from './criteria.js';
import { judgeLevels, levelsFor, presentFacts, type RuleOutcome } from './safety.js';

/** Where the patient stands with an option: taken now, tried and left, neither found, or not to be told. */
export type Standing = 'on' | 'tried' | 'not-found' | 'unknown';

export interface OptionOutcome {
  readonly option: TherapyOption;
  readonly standing: Standing;
  /** The facts that show it. */
  readonly shownBy: readonly string[];
  /** Whether the user is about to order it. */
  readonly isDrafted: boolean;
  /** Rules that speak of it: met, or not to be decided. */
  readonly rules: readonly RuleOutcome[];
  /** Whether it may be named as the next option. */
  readonly isOffered: boolean;
}

/** The ladder for this patient. */
export interface LadderAssessment {
  readonly options: readonly OptionOutcome[];
  readonly position: Fact;
  readonly nextOptions: Fact;
}

/** Drafts are not taken yet: only what is active on the chart counts. */
function takenBy({ taking = [] }: TherapyOption, grounds: Grounds): readonly string[] {
  return presentFacts(taking, grounds)
    .filter(([, fact]) => fact.codes.includes('active'))
    .map(([name]) => name);
}

function standingOf(
  option: TherapyOption,
  grounds: Grounds,
): { readonly standing: Standing; readonly shownBy: readonly string[] } {
  const { taking = [], tried = [] } = option;
  const taken = takenBy(option, grounds);
  if (taken.length > 0) return { standing: 'on', shownBy: taken };
  const left = presentFacts(tried, grounds).map(([name]) => name);
  if (left.length > 0) return { standing: 'tried', shownBy: left };
  const isUnknown = [...taking, ...tried].some((name) => grounds.get(name).state === 'unknown');
  return { standing: isUnknown ? 'unknown' : 'not-found', shownBy: [] };
}

function speaks({ levels, open }: RuleOutcome): boolean {
  return levels.length > 0 || open.length > 0;
}

/** A rule that is met beyond caution, or cannot be decided, blocks the option. */
function isBlocking({ levels, open }: RuleOutcome): boolean {
  return open.length > 0 || levels.some(({ level }) => level === 'stop' || level === 'ask');
}

function isOfferable({ offer, offerWhen }: TherapyOption, grounds: Grounds): boolean {
  return offer !== 'never' && (offerWhen === undefined || judge(offerWhen, grounds) === 'met');
}

interface AskedRule {
  readonly rule: SafetyRule;
  readonly levels: readonly SafetyLevel[];
}

/** The rules about an option, each with its levels that speak of it. */
const rulesByOption = oncePer(({ safety }: Topic) =>
  oncePer(({ id }: TherapyOption): readonly AskedRule[] =>
    safety.rules.filter(({ options }) => options.includes(id)).map((rule) => ({ rule, levels: levelsFor(rule, [id]) })),
  ),
);

/** Judges rules; one that asks the same of several options only once. */
function judgeOnce(grounds: Grounds): (asked: AskedRule) => RuleOutcome {
  const outcomes = new Map<readonly SafetyLevel[], RuleOutcome>();
  return ({ rule, levels }) => {
    const outcome = outcomes.get(levels) ?? judgeLevels(rule, levels, grounds);
    outcomes.set(levels, outcome);
    return outcome;
  };
}

function assessOption(option: TherapyOption, rules: readonly RuleOutcome[], grounds: Grounds): OptionOutcome {
  const outcomes = rules.filter(speaks);
  const { standing, shownBy } = standingOf(option, grounds);
  const isDrafted = presentFacts(option.taking ?? [], grounds).some(([, fact]) => fact.codes.includes('draft'));
  const isOffered =
    standing === 'not-found' && !isDrafted && !outcomes.some(isBlocking) && isOfferable(option, grounds);
  return { option, standing, shownBy, isDrafted, rules: outcomes, isOffered };
}

/** A title within a sentence: abbreviations stay as they are. */
function inSentence(title: string): string {
  return /^[A-Z][a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}

function itemOf({ option, standing, shownBy }: OptionOutcome, grounds: Grounds): readonly Item[] {
  const [name] = shownBy;
  const fact = name === undefined ? UNKNOWN : grounds.get(name);
  const [first = []] = fact.state === 'present' ? [fact.onChart ?? fact.items[0]] : [];
  return [[`${standing} ${inSentence(option.title)} (`, ...first, ')']];
}

/** On what, and after what; unknown as soon as an option cannot be told and none was found. */
function positionOf(options: readonly OptionOutcome[], grounds: Grounds): Fact {
  // What only names a hazard is no step that somebody stands on.
  const steps = options.filter(({ option }) => option.offer !== 'never');
  const shown = steps.filter(({ standing }) => standing === 'on' || standing === 'tried');
  if (shown.length > 0) {
    const evidence = presentFacts(
      shown.flatMap(({ shownBy }) => shownBy),
      grounds,
    ).flatMap(([, fact]) => fact.evidence.filter(({ isDraft }) => isDraft !== true));
    return present(
      shown.flatMap((one) => itemOf(one, grounds)),
      { evidence },
    );
  }
  return steps.some(({ standing }) => standing === 'unknown') ? UNKNOWN : ABSENT;
}

const MOST_NEXT = 3;
const OFFERS = ['first', 'adjunct', 'specialist'] as const;

function hasCaution({ rules }: OptionOutcome): boolean {
  return rules.some(({ levels }) => levels.some(({ level }) => level === 'caution'));
}

/** The next reasonable options, of the first kind that has any left: those without a caution, else those with one. */
function nextOptionsOf(options: readonly OptionOutcome[]): Fact {
  const offered = options.filter(({ isOffered }) => isOffered);
  const kind = OFFERS.find((offer) => offered.some(({ option }) => option.offer === offer));
  const ofKind = offered.filter(({ option }) => option.offer === kind);
  const clean = ofKind.filter((outcome) => !hasCaution(outcome));
  const next = clean.length > 0 ? clean : ofKind;
  return presentOrAbsent(
    next
      .slice(0, MOST_NEXT)
      .map((outcome) => [
        `${inSentence(outcome.option.title)}${hasCaution(outcome) ? ' (with caution, see below)' : ''}`,
      ]),
  );
}

/** Sets the therapy ladder against this patient: position, what speaks against each option, and what may come next. */
export function assessLadder(grounds: Grounds, topic: Topic): LadderAssessment {
  const rulesAbout = rulesByOption(topic);
  const outcomeOf = judgeOnce(grounds);
  const options = optionsOf(topic).map((option) => assessOption(option, rulesAbout(option).map(outcomeOf), grounds));
  return { options, position: positionOf(options, grounds), nextOptions: nextOptionsOf(options) };
}
