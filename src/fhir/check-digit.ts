import { LOINC, SNOMED_CT } from './code-system.js';

const VERHOEFF_PRODUCT = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];

const VERHOEFF_PERMUTATION = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];

/** Verhoeff check of a SNOMED CT identifier, its last digit included. */
function isVerhoeffValid(digits: string): boolean {
  let check = 0;
  Array.from(digits)
    .reverse()
    .forEach((digit, place) => {
      const permuted = VERHOEFF_PERMUTATION[place % 8]?.charAt(Number(digit)) ?? '0';
      check = Number(VERHOEFF_PRODUCT[check]?.charAt(Number(permuted)));
    });
  return check === 0;
}

/** LOINC's mod-10 check: alternate digits from the right are doubled, the digits summed. */
function isMod10Valid(number: string, checkDigit: string): boolean {
  let sum = 0;
  Array.from(number)
    .reverse()
    .forEach((digit, place) => {
      const weighted = place % 2 === 0 ? Number(digit) * 2 : Number(digit);
      sum += weighted > 9 ? weighted - 9 : weighted;
    });
  return (10 - (sum % 10)) % 10 === Number(checkDigit);
}

/** Whether the code's form and check digit are right; true for systems that have no check digit. */
export function hasValidCheckDigit(system: string, code: string): boolean {
  if (system === SNOMED_CT) return /^[1-9]\d{5,17}$/.test(code) && isVerhoeffValid(code);
  if (system !== LOINC) return true;
  const parts = /^(\d{1,7})-(\d)$/.exec(code);
  return parts?.[1] !== undefined && parts[2] !== undefined && isMod10Valid(parts[1], parts[2]);
}
