import type { PresentFact } from '../facts/fact.js';
import type { IndicatorChoice, SafetyLevel, SafetyRule } from '../knowledge/content-types.js';
import { factsOfCriterion } from '../knowledge/criterion-facts.js';
import { isOrderHook, optionsOf, type Topic } from '../knowledge/topic.js';
import { judge, type Grounds } from './criteria.js';

/** What one rule says of one option, or of its drugs. */
export interface RuleOutcome {
  readonly rule: SafetyRule;
  /** The level that is met, or all of its kind where the rule names every finding. None is met: empty. */
  readonly levels: readonly SafetyLevel[];
  /** The levels that could not be decided: a worse one, or any when none is met. */
  readonly open: readonly SafetyLevel[];
}

/** The levels of a rule that speak of any of the options; its own list when all of them do. */
export function levelsFor(rule: SafetyRule, options: readonly string[]): readonly SafetyLevel[] {
  const isAsked = (level: SafetyLevel) => level.for?.some((option) => options.includes(option)) ?? true;
  return rule.levels.every(isAsked) ? rule.levels : rule.levels.filter(isAsked);
}

/** Judges levels of a rule. The first that is met decides. */
export function judgeLevels(rule: SafetyRule, asked: readonly SafetyLevel[], grounds: Grounds): RuleOutcome {
  const open: SafetyLevel[] = [];
  for (const level of asked) {
    const verdict = judge(level.when, grounds);
    if (verdict === 'undetermined') open.push(level);
    if (verdict !== 'met') continue;
    const others = rule.every === true ? asked.slice(asked.indexOf(level) + 1) : [];
    const equal = others.filter((other) => other.level === level.level && judge(other.when, grounds) === 'met');
    return { rule, levels: [level, ...equal], open };
  }
  return { rule, levels: [], open };
}

/** Judges a rule for some of its options. The first level that is met for any of them decides. */
export function judgeRule(rule: SafetyRule, options: readonly string[], grounds: Grounds): RuleOutcome {
  return judgeLevels(rule, levelsFor(rule, options), grounds);
}

type Indicator = IndicatorChoice['is'];

/** One safety card: rules about the same drug or pair, the gravest first. */
export interface SafetyFinding {
  readonly indicator: Indicator;
  readonly rules: readonly FiringRule[];
}

export interface FiringRule {
  readonly rule: SafetyRule;
  readonly levels: readonly SafetyLevel[];
  readonly indicator: Indicator;
  /** Names of the facts that make the pair. */
  readonly facts: readonly string[];
}

const GRAVEST_FIRST: readonly Indicator[] = ['critical', 'warning', 'info'];

/** The facts among them that are present, by name. */
export function presentFacts(names: readonly string[], grounds: Grounds): readonly (readonly [string, PresentFact])[] {
  const found: (readonly [string, PresentFact])[] = [];
  for (const name of names) {
    const fact = grounds.get(name);
    if (fact.state === 'present') found.push([name, fact]);
  }
  return found;
}

/** Whether the hook asks about orders: then only what a draft brings about is worth a card. */
function isOrdering(grounds: Grounds): boolean {
  const hook = grounds.get('hook');
  return hook.state === 'present' && hook.codes.some(isOrderHook);
}

/** A question is no warning: it stands on the ladder. */
function warns({ level }: SafetyLevel): boolean {
  return level === 'stop' || level === 'caution';
}

/** One combination product is no pair with itself. */
function isOneEntry(rule: SafetyRule, facts: readonly (readonly [string, PresentFact])[], topic: Topic): boolean {
  const drugs = facts.filter(([name]) => topic.facts.facts[name]?.kind === 'medication');
  // Drafts may come without ids: what they are called tells them apart.
  const entries = drugs.flatMap(([, { evidence }]) =>
    evidence.map(({ reference, display }) => `${reference} ${display}`),
  );
  return drugs.some(([name]) => !rule.taking.includes(name)) && new Set(entries).size === 1;
}

/** The options a card speaks of: those taken or drafted, but all when a drug is taken that is none of them. */
function optionsTaken(rule: SafetyRule, taken: readonly string[], grounds: Grounds, topic: Topic): readonly string[] {
  if (rule.levels.every((level) => level.for === undefined)) return rule.options;
  const options = optionsOf(topic).filter(({ id }) => rule.options.includes(id));
  const drugsOfOptions = new Set(options.flatMap(({ taking = [] }) => taking));
  if (!taken.every((name) => drugsOfOptions.has(name))) return rule.options;
  return options.filter(({ taking = [] }) => presentFacts(taking, grounds).length > 0).map(({ id }) => id);
}

function fire(rule: SafetyRule, grounds: Grounds, topic: Topic): FiringRule | undefined {
  if (rule.card === undefined) return undefined;
  const taking = presentFacts(rule.taking, grounds);
  if (taking.length === 0) return undefined;
  const taken = taking.map(([name]) => name);
  const levels = judgeRule(rule, optionsTaken(rule, taken, grounds, topic), grounds).levels.filter(warns);
  if (levels.length === 0) return undefined;
  const named = levels.flatMap(({ when }) => factsOfCriterion(when, topic));
  const facts = [...taking, ...presentFacts(named, grounds)];
  if (isOneEntry(rule, facts, topic)) return undefined;
  const has = (code: string, among: typeof taking) => among.some(([, fact]) => fact.codes.includes(code));
  const byDraft = has('draft', facts) ? rule.card.draft : undefined;
  const byChart = !isOrdering(grounds) && has('active', taking) ? rule.card.active : undefined;
  const indicator = byDraft ?? byChart;
  return indicator === undefined
    ? undefined
    : { rule, levels, indicator, facts: [...new Set(facts.map(([name]) => name))] };
}

function mergeWords({ rule }: FiringRule): readonly string[] {
  return rule.card?.merge ?? rule.taking;
}

/** Rules that share a word, directly or by way of others. */
function groupByWords(rules: readonly FiringRule[]): readonly (readonly FiringRule[])[] {
  const groups: { readonly words: ReadonlySet<string>; readonly rules: readonly FiringRule[] }[] = [];
  for (const rule of rules) {
    const words = mergeWords(rule);
    const joined = groups.filter((group) => words.some((word) => group.words.has(word)));
    const merged = {
      words: new Set([...joined.flatMap((group) => [...group.words]), ...words]),
      rules: [...joined.flatMap((group) => group.rules), rule],
    };
    groups.splice(0, groups.length, ...groups.filter((group) => !joined.includes(group)), merged);
  }
  return groups.map((group) => group.rules);
}

/** The gravest first, then in the order of the table. */
function byGravity({ safety: { rules } }: Topic): (one: FiringRule, other: FiringRule) => number {
  const rank = ({ indicator, rule }: FiringRule) =>
    GRAVEST_FIRST.indexOf(indicator) * rules.length + rules.indexOf(rule);
  return (one, other) => rank(one) - rank(other);
}

function toFinding(rules: readonly FiringRule[]): readonly SafetyFinding[] {
  const [first] = rules;
  return first === undefined ? [] : [{ indicator: first.indicator, rules }];
}

/**
 * The hazardous pairs that are active, or that a draft makes: one card for each drug or pair, the gravest first, at
 * most as many as the case table allows; what is beyond stands on the last.
 */
export function assessSafety(grounds: Grounds, topic: Topic): readonly SafetyFinding[] {
  const compare = byGravity(topic);
  const firing = topic.safety.rules
    .map((rule) => fire(rule, grounds, topic))
    .filter((rule) => rule !== undefined)
    .sort(compare);
  const groups = groupByWords(firing).map((rules) => [...rules].sort(compare));
  const ranked = [...groups].sort(([one], [other]) =>
    one === undefined || other === undefined ? 0 : compare(one, other),
  );
  const { most } = topic.cases.safety;
  const last = ranked.slice(most - 1).flat();
  return [...ranked.slice(0, most - 1), last].flatMap(toFinding);
}
