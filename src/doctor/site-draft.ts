import type { Kind, UnknownCode } from './unknown-codes.js';

const SETS: Readonly<Record<Kind, string>> = {
  troponin:
    'CHOOSE troponin-i-high-sensitivity, troponin-t-high-sensitivity, troponin-i-conventional, troponin-t-conventional, troponin-qualitative, troponin-panel or troponin-not-result',
  ecg: 'CHOOSE ecg, ecg-measurement or ecg-tracing-only',
  spasm: 'CHOOSE esophageal-spasm, or leave it out',
};

function entryOf({ kind, system, code, display, units, isNoResult }: UnknownCode): object {
  const verified = { by: '', on: '' };
  const isResult = kind === 'troponin' && !isNoResult;
  return {
    valueSet: isNoResult && kind === 'troponin' ? 'troponin-not-result' : SETS[kind],
    concepts: [{ system: system ?? '', code: code ?? '', display }],
    ...(isResult && { assay: { name: '', analyte: '', sensitivity: '', unit: units.join(' or ') } }),
    verified,
    ...(kind !== 'spasm' && { secondVerified: verified }),
  };
}

/**
 * A draft of codes.json for the codes found, to be completed by people who know. As it stands it is refused at
 * start-up: nobody has said yet what the codes are. Codes without system or code cannot be added and are left out.
 */
export function siteDraft(codes: readonly UnknownCode[]): object | undefined {
  const entries = codes.filter(({ system, code }) => system !== undefined && code !== undefined).map(entryOf);
  return entries.length === 0 ? undefined : { codes: entries };
}
