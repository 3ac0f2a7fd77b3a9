/** When an EHR asks, in the words of the people who work with it. */
export interface HookWords {
  readonly hook: string;
  readonly title: string;
  readonly action: string;
  /** What has to be chosen before it can be fired. */
  readonly needs?: 'orders' | 'condition';
}

export const HOOKS: readonly HookWords[] = [
  { hook: 'patient-view', title: 'The chart is opened', action: 'Open the chart' },
  { hook: 'encounter-start', title: 'The visit begins', action: 'Begin the visit' },
  { hook: 'encounter-discharge', title: 'The patient is about to leave', action: 'Discharge' },
  { hook: 'order-select', title: 'Orders are being chosen', action: 'Choose these orders', needs: 'orders' },
  { hook: 'order-sign', title: 'Orders are being signed', action: 'Sign these orders', needs: 'orders' },
  {
    hook: 'problem-list-item-create',
    title: 'A diagnosis is being added',
    action: 'Add this diagnosis',
    needs: 'condition',
  },
];

export function wordsOfHook(hook: string): HookWords | undefined {
  return HOOKS.find((one) => one.hook === hook);
}
