import type { ValueSet } from 'fhir/r4.js';
import { hasValidCheckDigit } from '../fhir/check-digit.js';
import { comparableCode, CPT, knownSystem } from '../fhir/code-system.js';
import { tokensOf } from '../fhir/value-set.js';
import { checkCriteria } from './check-criteria.js';
import { checkSiteRules } from './check-site-rules.js';
import { checkTherapy } from './check-therapy.js';
import { checkWording } from './check-wording.js';
import { listedTwice, repeatedIds, unknownName, unknownNames, type ContentProblem } from './content-problem.js';
import type { FactDefinition } from './content-types.js';
import { GAP_REASONS } from './gap-reason.js';
import { isThresholdName, THRESHOLD_NAMES } from './thresholds.js';
import type { TopicContent } from './topic.js';

/** What the code brings that content may name: given by the caller, so that content never imports calculation. */
export interface CodeKnowledge {
  readonly derivedFacts: ReadonlySet<string>;
  /** Value sets that the derived facts read by name. */
  readonly valueSets: readonly string[];
}

function valueSetsOf(fact: FactDefinition): readonly string[] {
  return 'valueSets' in fact ? fact.valueSets : [];
}

function checkCodes(valueSet: ValueSet): readonly ContentProblem[] {
  const file = `valuesets/${valueSet.id ?? ''}.json`;
  const seen = new Set<string>();
  return tokensOf(valueSet).flatMap((token) => {
    const [system = '', code = ''] = token.split('|');
    const problems: ContentProblem[] = [];
    const key = `${system}|${comparableCode(system, code)}`;
    if (seen.has(key)) problems.push(listedTwice({ file, place: token }));
    seen.add(key);
    if (!hasValidCheckDigit(system, code)) problems.push({ file, place: token, message: 'has a wrong check digit' });
    return problems;
  });
}

function checkSystems(valueSet: ValueSet): readonly ContentProblem[] {
  const file = `valuesets/${valueSet.id ?? ''}.json`;
  return (valueSet.compose?.include ?? []).flatMap(({ system = '', concept = [] }) => {
    const problems: ContentProblem[] = [];
    const canonical = knownSystem(system) ?? system;
    if (canonical !== system) problems.push({ file, place: system, message: `must be written ${canonical}` });
    for (const { code, display } of concept) {
      const needsDisplay = system !== CPT;
      if ((display !== undefined) === needsDisplay) continue;
      const message = needsDisplay ? 'has no display' : 'must not carry a display: CPT descriptors belong to the AMA';
      problems.push({ file, place: `${system}|${code}`, message });
    }
    return problems;
  });
}

function checkValueSetUse(
  { facts, valueSets, drugs, topic }: TopicContent,
  code: CodeKnowledge,
): readonly ContentProblem[] {
  const known = new Set(valueSets.map(({ id = '' }) => id));
  const used = [
    ...Object.entries({ ...drugs.classes, ...drugs.routes }).flatMap(([name, { valueSets: ids }]) =>
      ids.map((id) => ({ id, place: `${name} of drugs.json` })),
    ),
    ...Object.entries(drugs.classes).flatMap(([name, { exceptValueSets = [] }]) =>
      exceptValueSets.map((id) => ({ id, place: `${name} of drugs.json` })),
    ),
    ...Object.values(topic.orders).map(({ valueSet }) => ({ id: valueSet, place: '/orders of topic.json' })),
    ...facts.needs.flatMap((need) => (need.valueSets ?? []).map((id) => ({ id, place: `/needs/${need.key}` }))),
    ...Object.entries(facts.facts).flatMap(([name, fact]) =>
      valueSetsOf(fact).map((id) => ({ id, place: `/facts/${name}` })),
    ),
    ...code.valueSets.map((id) => ({ id, place: 'a calculated fact' })),
  ];
  const usedIds = new Set(used.map(({ id }) => id));
  const missing = used.filter(({ id }) => !known.has(id));
  const idle = [...known].filter((id) => !usedIds.has(id));
  return [
    ...missing.map(({ id, place }) => unknownName({ file: 'facts.json', place }, 'value set', id, known)),
    ...idle.map((id) => ({
      file: `valuesets/${id}.json`,
      place: '',
      message: 'is used by no need, fact, drug class or order',
    })),
  ];
}

function checkNeeds({ facts }: TopicContent): readonly ContentProblem[] {
  const keys = facts.needs.map(({ key }) => key);
  const missing = Object.entries(facts.facts).flatMap(([name, fact]) => {
    const named = fact.kind === 'derived' ? fact.needs : fact.kind === 'observation' ? [fact.need] : [];
    return unknownNames({ file: 'facts.json', place: `/facts/${name}` }, 'need', named, keys);
  });
  return [...repeatedIds('facts.json', keys, '/needs'), ...missing];
}

function checkFacts({ facts, topic }: TopicContent, code: CodeKnowledge): readonly ContentProblem[] {
  return Object.entries(facts.facts).flatMap(([name, fact]) => {
    const place = `/facts/${name}`;
    if (fact.kind === 'derived' && !code.derivedFacts.has(name)) {
      return [unknownName({ file: 'facts.json', place }, 'calculated fact', name, code.derivedFacts)];
    }
    const within = 'within' in fact ? fact.within : undefined;
    if (within === undefined || topic.thresholds[within] !== undefined) return [];
    return [unknownName({ file: 'facts.json', place }, 'threshold', within, Object.keys(topic.thresholds))];
  });
}

function checkThresholds({ topic }: TopicContent): readonly ContentProblem[] {
  const missing = THRESHOLD_NAMES.filter((name) => topic.thresholds[name] === undefined);
  const strange = Object.keys(topic.thresholds).filter((name) => !isThresholdName(name));
  return [
    ...missing.map((name) => ({ file: 'topic.json', place: '/thresholds', message: `lacks "${name}"` })),
    ...strange.map((name) =>
      unknownName({ file: 'topic.json', place: '/thresholds' }, 'threshold', name, THRESHOLD_NAMES),
    ),
  ];
}

function checkGapReasons({ cards }: TopicContent): readonly ContentProblem[] {
  const written = Object.keys(cards.gapReasons);
  const known: readonly string[] = GAP_REASONS;
  const missing = known.filter((reason) => !written.includes(reason));
  return [
    ...missing.map((name) => ({ file: 'cards.json', place: '/gapReasons', message: `has no words for "${name}"` })),
    ...unknownNames({ file: 'cards.json', place: '/gapReasons' }, 'reason', written, known),
  ];
}

function checkServices({ topic }: TopicContent): readonly ContentProblem[] {
  const hooks = topic.services.map(({ hook }) => hook);
  return hooks
    .filter((hook, index) => hooks.indexOf(hook) !== index)
    .map((hook) => ({ file: 'topic.json', place: '/services', message: `answers ${hook} twice` }));
}

/** Everything a schema cannot see: that names lead somewhere, codes are well-formed and wording is never blank. */
export function checkContent(content: TopicContent, code: CodeKnowledge): readonly ContentProblem[] {
  return [
    ...content.valueSets.flatMap((valueSet) => [...checkCodes(valueSet), ...checkSystems(valueSet)]),
    ...checkValueSetUse(content, code),
    ...checkNeeds(content),
    ...checkFacts(content, code),
    ...checkThresholds(content),
    ...checkGapReasons(content),
    ...checkServices(content),
    ...checkCriteria(content),
    ...checkWording(content),
    ...checkTherapy(content),
    ...checkSiteRules(content),
  ];
}
