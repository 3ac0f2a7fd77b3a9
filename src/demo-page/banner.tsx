import type { Ref } from 'preact';
import type { ChartView, DemoPatient } from '../demo/chart-view.js';

interface Props {
  readonly patient: DemoPatient;
  readonly chart: ChartView | undefined;
  readonly heading: Ref<HTMLHeadingElement>;
}

/** Whose chart is open, and the story behind it. */
export function Banner({ patient, chart, heading }: Props) {
  return (
    <section class="banner" aria-labelledby="patient-heading">
      <h1 id="patient-heading" ref={heading} tabIndex={-1}>
        {patient.name}
      </h1>
      <p class="facts">
        {patient.gender}, born {patient.birthDate}, age {chart?.age ?? '…'}, <code>Patient/{patient.id}</code>
      </p>
      <p>{patient.story}</p>
    </section>
  );
}
