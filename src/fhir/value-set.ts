import type { CodeableConcept, Coding, ValueSet } from 'fhir/r4.js';
import { comparableCode, isPlainCode, knownSystem } from './code-system.js';

/** Answers which value sets a coding belongs to, for all value sets of a topic at once. */
export interface CodeIndex {
  /** The ids of the value sets that hold this coding; empty for local, unknown or unlisted codes. */
  readonly setsOf: (coding: Readonly<Record<string, unknown>> | Coding) => readonly string[];
  /** What a value set calls this coding, where one lists it. */
  readonly displayOf: (coding: Coding) => string | undefined;
}

const NONE: readonly string[] = [];

type CodesBySystem = Map<string, Map<string, string[]>>;

function addConcepts(index: CodesBySystem, valueSet: ValueSet): void {
  for (const include of valueSet.compose?.include ?? []) {
    const system = include.system ?? '';
    const codes = index.get(system) ?? new Map<string, string[]>();
    index.set(system, codes);
    for (const { code } of include.concept ?? []) {
      for (const key of new Set([code, comparableCode(system, code)])) {
        codes.set(key, [...(codes.get(key) ?? []), valueSet.id ?? '']);
      }
    }
  }
}

function tokenOf(system: string, code: string): string {
  return `${system}|${comparableCode(system, code)}`;
}

function displaysOf(valueSets: readonly ValueSet[]): ReadonlyMap<string, string> {
  const includes = valueSets.flatMap(({ compose }) => compose?.include ?? []);
  return new Map(
    includes.flatMap(({ system = '', concept = [] }) =>
      concept.flatMap(({ code, display }) =>
        display === undefined ? [] : [[tokenOf(system, code), display] as const],
      ),
    ),
  );
}

/** Builds the index once at start-up; a look-up is two map reads. */
export function indexValueSets(valueSets: readonly ValueSet[]): CodeIndex {
  const index: CodesBySystem = new Map();
  for (const valueSet of valueSets) addConcepts(index, valueSet);
  const displays = displaysOf(valueSets);
  return {
    displayOf: ({ system, code }) =>
      system === undefined || code === undefined
        ? undefined
        : displays.get(tokenOf(knownSystem(system) ?? system, code)),
    setsOf: ({ system, code }) => {
      if (typeof system !== 'string' || typeof code !== 'string') return NONE;
      const canonical = knownSystem(system) ?? system;
      const codes = index.get(canonical);
      if (codes === undefined) return NONE;
      // Nearly every code is plain and in no set: it is not worth rewriting.
      return (
        codes.get(code) ?? (isPlainCode(canonical, code) ? NONE : (codes.get(comparableCode(canonical, code)) ?? NONE))
      );
    },
  };
}

/** The first coding of a concept that is in one of the value sets. */
export function codingIn(index: CodeIndex, concept: CodeableConcept, valueSets: readonly string[]): Coding | undefined {
  return concept.coding?.find((coding) => index.setsOf(coding).some((id) => valueSets.includes(id)));
}

/** All codings of a value set as `system|code`, in the order of the file. */
export function tokensOf(valueSet: ValueSet): readonly string[] {
  return (valueSet.compose?.include ?? []).flatMap((include) =>
    (include.concept ?? []).map((concept) => `${include.system ?? ''}|${concept.code}`),
  );
}
