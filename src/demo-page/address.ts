/** Where the page stands: whose chart is open, and which hook is to be fired. Kept in the URL's hash. */
export interface Address {
  readonly patient: string | undefined;
  readonly hook: string;
}

export const FIRST_HOOK = 'patient-view';

export function readAddress(hash: string): Address {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  return { patient: parameters.get('patient') ?? undefined, hook: parameters.get('hook') ?? FIRST_HOOK };
}

export function hashOf({ patient, hook }: Address): string {
  const parameters = new URLSearchParams({ ...(patient !== undefined && { patient }), hook });
  return `#${parameters.toString()}`;
}
