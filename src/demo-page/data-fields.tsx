import type { DemoNeed, DemoStart } from '../demo/chart-view.js';
import { formOf, usualForm, type DataChoice, type NeedForm, type Route } from './request.js';

interface Props {
  readonly start: DemoStart;
  readonly data: DataChoice;
  readonly onData: (data: DataChoice) => void;
}

const ROUTES: readonly (readonly [Route, string])[] = [
  ['prefetch', 'Sent with the call (prefetch)'],
  ['fhir-server', 'The service asks the FHIR server'],
  ['both', 'Patient, visit and conditions sent, the rest asked'],
];

const FORMS: readonly (readonly [NeedForm, string])[] = [
  ['sent', 'sent'],
  ['left-out', 'left out'],
  ['null', 'null: asked, none found'],
  ['outcome', 'an error report'],
  ['cut', 'cut, more pages'],
];

/** Single resources have no pages. */
const isList = (key: string) => key !== 'patient' && key !== 'encounter';

function RouteChoice({ data, onData }: Omit<Props, 'start'>) {
  return (
    <fieldset>
      <legend>How the data reach the service</legend>
      {ROUTES.map(([route, title]) => (
        <label key={route} class="choice">
          <input
            type="radio"
            name="route"
            value={route}
            checked={data.route === route}
            onChange={() => {
              onData({ ...data, route, forms: {} });
            }}
          />
          <span>{title}</span>
        </label>
      ))}
    </fieldset>
  );
}

function ServerChoice({ start, data, onData }: Props) {
  const chosen = start.fhirServers.find(({ baseUrl }) => baseUrl === data.fhirServer);
  return (
    <div class="field">
      <label for="fhir-server">The FHIR server</label>
      <select
        id="fhir-server"
        value={data.fhirServer}
        aria-describedby="fhir-server-meaning"
        onChange={({ currentTarget }) => {
          onData({ ...data, fhirServer: currentTarget.value });
        }}
      >
        {start.fhirServers.map(({ id, title, baseUrl }) => (
          <option key={id} value={baseUrl}>
            {title}
          </option>
        ))}
      </select>
      <p id="fhir-server-meaning" class="quiet">
        {chosen?.meaning}
      </p>
    </div>
  );
}

function NeedRow({ need: { key, title }, data, onData }: Omit<Props, 'start'> & { readonly need: DemoNeed }) {
  const change = (value: string) => {
    const form = FORMS.find(([one]) => one === value)?.[0];
    const others = Object.fromEntries(Object.entries(data.forms).filter(([one]) => one !== key));
    const isUsual = form === undefined || form === usualForm(data.route, key);
    onData({ ...data, forms: isUsual ? others : { ...others, [key]: form } });
  };
  return (
    <div class="need">
      <label for={`need-${key}`}>{title}</label>
      <select
        id={`need-${key}`}
        value={formOf(data, key)}
        onChange={({ currentTarget }) => {
          change(currentTarget.value);
        }}
      >
        {FORMS.filter(([form]) => form !== 'cut' || isList(key)).map(([form, words]) => (
          <option key={form} value={form}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Switches for what the service gets, and for what may go wrong on the way. */
export function DataFields({ start, data, onData }: Props) {
  return (
    <>
      <RouteChoice data={data} onData={onData} />
      {data.route !== 'prefetch' && <ServerChoice start={start} data={data} onData={onData} />}
      {data.route !== 'fhir-server' && (
        <fieldset class="needs">
          <legend>Each data need</legend>
          {start.needs.map((need) => (
            <NeedRow key={need.key} need={need} data={data} onData={onData} />
          ))}
        </fieldset>
      )}
      <p class="quiet">
        Left out and no FHIR server named, or one that refuses: the service says that it could not check. Null is taken
        at its word.
      </p>
      <button
        type="button"
        class="small"
        onClick={() => {
          onData({ route: 'prefetch', fhirServer: start.fhirServers[0]?.baseUrl ?? '', forms: {} });
        }}
      >
        All as usual again
      </button>
    </>
  );
}
