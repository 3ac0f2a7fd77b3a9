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

function wrongDigit(code: string): Pick<ContentProblem, 'message' | 'mend' | 'near'> {
  const mend = 'a digit is probably mistyped: compare it, digit by digit, with the source it was seen in';
  return { message: 'has a wrong check digit', mend, near: code };
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
    if (!hasValidCheckDigit(system, code)) problems.push({ file, place: token, ...wrongDigit(code) });
    return problems;
  });
}

function checkSystems(valueSet: ValueSet): readonly ContentProblem[] {
  const file = `valuesets/${valueSet.id ?? ''}.json`;
  return (valueSet.compose?.include ?? []).flatMap(({ system = '', concept = [] }) => {
    const problems: ContentProblem[] = [];
    const canonical = knownSystem(system) ?? system;
    if (canonical !== system)
      problems.push({
        file,
        place: system,
        message: `must be written ${canonical}`,
        mend: `write "${canonical}": clients compare it letter by letter`,
      });
    for (const { code, display } of concept) {
      const needsDisplay = system !== CPT;
      if ((display !== undefined) === needsDisplay) continue;
      const message = needsDisplay ? 'has no display' : 'must not carry a display: CPT descriptors belong to the AMA';
      const mend = needsDisplay ? 'add "display": the words the code system has for it' : 'take "display" out';
      problems.push({ file, place: `${system}|${code}`, message, mend, near: needsDisplay ? code : 'display' });
    }
    return problems;
  });
}

function missingForCode(known: ReadonlySet<string>, code: CodeKnowledge): readonly ContentProblem[] {
  return code.valueSets
    .filter((id) => !known.has(id))
    .map((id) => ({
      file: `valuesets/${id}.json`,
      place: '',
      message: `is the unknown value set "${id}", which a calculated fact reads`,
      mend: 'bring the file back, under this name',
    }));
}

function checkValueSetUse(
  { facts, valueSets, drugs, topic }: TopicContent,
  code: CodeKnowledge,
): readonly ContentProblem[] {
  const known = new Set(valueSets.map(({ id = '' }) => id));
  const used = [
    ...Object.entries({ ...drugs.classes, ...drugs.routes }).flatMap(([name, { valueSets: ids }]) =>
      ids.map((id) => ({ id, file: 'drugs.json', place: `/${name}` })),
    ),
    ...Object.entries(drugs.classes).flatMap(([name, { exceptValueSets = [] }]) =>
      exceptValueSets.map((id) => ({ id, file: 'drugs.json', place: `/classes/${name}` })),
    ),
    ...Object.values(topic.orders).map(({ valueSet }) => ({ id: valueSet, file: 'topic.json', place: '/orders' })),
    ...facts.needs.flatMap((need) =>
      (need.valueSets ?? []).map((id) => ({ id, file: 'facts.json', place: `/needs/${need.key}` })),
    ),
    ...Object.entries(facts.facts).flatMap(([name, fact]) =>
      valueSetsOf(fact).map((id) => ({ id, file: 'facts.json', place: `/facts/${name}` })),
    ),
  ];
  const usedIds = new Set([...used.map(({ id }) => id), ...code.valueSets]);
  const missing = used.filter(({ id }) => !known.has(id));
  const idle = [...known].filter((id) => !usedIds.has(id));
  return [
    ...missing.map(({ id, ...at }) => unknownName(at, 'value set', id, known)),
    ...missingForCode(known, code),
    ...idle.map((id) => ({
      file: `valuesets/${id}.json`,
      place: '',
      message: 'is used by no need, fact, drug class or order',
      mend: 'name it in "valueSets" of one of them, or delete the file',
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
    ...missing.map((name) => ({
      file: 'topic.json',
      place: '/thresholds',
      message: `lacks "${name}"`,
      mend: `add "${name}": { "value": 1, "unit": "hours", "meaning": "…", "evidence": "D" }, with its own number`,
    })),
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
    ...missing.map((name) => ({
      file: 'cards.json',
      place: '/gapReasons',
      message: `has no words for "${name}"`,
      mend: `add "${name}": "…", the words that follow the name of the data`,
    })),
    ...unknownNames({ file: 'cards.json', place: '/gapReasons' }, 'reason', written, known),
  ];
}

function checkServices({ topic }: TopicContent): readonly ContentProblem[] {
  const hooks = topic.services.map(({ hook }) => hook);
  return hooks
    .filter((hook, index) => hooks.indexOf(hook) !== index)
    .map((hook) => ({
      file: 'topic.json',
      place: '/services',
      message: `answers ${hook} twice`,
      mend: 'take one of the two services out',
      near: hook,
    }));
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
