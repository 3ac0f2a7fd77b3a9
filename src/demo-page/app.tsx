import type { CdsService } from '../cds-hooks/types.js';
import type { DemoStart } from '../demo/chart-view.js';
import { hashOf, type Address } from './address.js';
import { Patients } from './patients.js';
import { useAddress, useBeginning } from './session.js';
import { ThemeChoice } from './theme.js';
import { Workplace } from './workplace.js';

function TopBar() {
  return (
    <header class="top">
      <button
        type="button"
        class="skip"
        onClick={() => {
          document.getElementById('main')?.focus();
        }}
      >
        Skip to the chart
      </button>
      <p class="product">
        <b>Troponin First</b> <span>demonstration, synthetic patients</span>
      </p>
      <p class="tools">
        <a href="/reports/cards?format=html" target="_blank">
          Report of shown cards
        </a>
        <ThemeChoice />
      </p>
    </header>
  );
}

function Opening({
  start,
  services,
  address,
}: {
  readonly start: DemoStart;
  readonly services: readonly CdsService[];
  readonly address: Address;
}) {
  const patient = start.patients.find(({ id }) => id === address.patient);
  const service = services.find(({ hook }) => hook === address.hook);
  const [first] = start.patients;
  if (patient !== undefined && service !== undefined) {
    return <Workplace key={patient.id} start={start} patient={patient} service={service} />;
  }
  return (
    <section class="banner">
      <h1>Open a chart</h1>
      <p>
        Each patient stands for one decision of the service. Opening a chart asks the service the way every EHR does, at
        its public endpoint, and shows the cards that come back, why they came, and what could not be checked.
      </p>
      {address.patient !== undefined && <p>There is no such patient or hook here.</p>}
      {first !== undefined && (
        <p>
          <a href={hashOf({ patient: first.id, hook: 'patient-view' })}>Open the first one: {first.name}</a>
        </p>
      )}
    </section>
  );
}

/** The page: the patients on one side, one open chart on the other. */
export function App() {
  const beginning = useBeginning();
  const address = useAddress();
  if (beginning === undefined) return <p class="loading">Loading…</p>;
  if ('fault' in beginning) {
    return (
      <main class="loading">
        <p role="alert">{beginning.fault}</p>
      </main>
    );
  }
  return (
    <>
      <TopBar />
      <div class="page">
        <Patients patients={beginning.start.patients} open={address.patient} />
        <main id="main" tabIndex={-1}>
          <Opening {...beginning} address={address} />
        </main>
      </div>
    </>
  );
}
