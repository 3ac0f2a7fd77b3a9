import type { CdsService } from '../cds-hooks/types.js';
import type { DemoStart } from '../demo/chart-view.js';
import { DataFields } from './data-fields.js';
import { DIAGNOSES, ORDERS, type Draft } from './drafts.js';
import { HOOKS, wordsOfHook, type HookWords } from './hooks.js';
import type { DataChoice } from './request.js';
import type { DraftList } from './session.js';

export interface AskProps {
  readonly start: DemoStart;
  readonly service: CdsService;
  readonly isAsking: boolean;
  readonly draftList: DraftList;
  readonly data: DataChoice;
  readonly onHook: (hook: string) => void;
  readonly onDraft: (draft: Draft, isChosen: boolean) => void;
  readonly onRemove: (draft: Draft) => void;
  readonly onData: (data: DataChoice) => void;
  readonly onAsk: () => void;
}

/** The drafts that can be chosen for a hook. */
export function offeredDrafts(hook: string, { suggested }: DraftList): readonly Draft[] {
  const needs = wordsOfHook(hook)?.needs;
  if (needs === 'condition') return DIAGNOSES;
  return needs === 'orders' ? [...ORDERS, ...suggested] : [];
}

function HookChoice({ hook, onHook }: { readonly hook: string; readonly onHook: AskProps['onHook'] }) {
  return (
    <fieldset class="hooks">
      <legend>What happens in the EHR</legend>
      {HOOKS.map((one) => (
        <label key={one.hook} class="choice">
          <input
            type="radio"
            name="hook"
            value={one.hook}
            checked={one.hook === hook}
            onChange={() => {
              onHook(one.hook);
            }}
          />
          <span>
            {one.title} <code>{one.hook}</code>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function DraftChoice({
  words,
  offered,
  chosen,
  onDraft,
}: {
  readonly words: HookWords;
  readonly offered: readonly Draft[];
  readonly chosen: ReadonlySet<string>;
  readonly onDraft: AskProps['onDraft'];
}) {
  return (
    <fieldset class="drafts">
      <legend>{words.needs === 'condition' ? 'The diagnosis' : 'The draft orders'}</legend>
      {offered.map((draft) => (
        <label key={draft.key} class="choice">
          <input
            type="checkbox"
            checked={chosen.has(draft.key)}
            onChange={({ currentTarget }) => {
              onDraft(draft, currentTarget.checked);
            }}
          />
          <span>
            {draft.label} {draft.origin !== undefined && <em>{draft.origin}</em>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Drafts that cards suggested and that were taken: shown at every hook, sent with the order hooks. */
function Taken({
  suggested,
  onRemove,
}: {
  readonly suggested: readonly Draft[];
  readonly onRemove: AskProps['onRemove'];
}) {
  if (suggested.length === 0) return null;
  return (
    <div class="taken">
      <h3>Draft orders from cards</h3>
      <ul>
        {suggested.map((draft) => (
          <li key={draft.key}>
            <span>{draft.label}, not signed</span>
            <button
              type="button"
              class="small"
              onClick={() => {
                onRemove(draft);
              }}
            >
              Remove<span class="hidden"> {draft.label}</span>
            </button>
          </li>
        ))}
      </ul>
      <p class="quiet">They go along when orders are chosen or signed.</p>
    </div>
  );
}

/** How many things differ from an ordinary call. */
function describeData({ route, forms, fhirServer }: DataChoice, { fhirServers }: DemoStart): string {
  const server = fhirServers.find(({ baseUrl }) => baseUrl === fhirServer);
  const routes = {
    prefetch: 'sent with the call',
    'fhir-server': 'asked of the FHIR server',
    both: 'partly sent, partly asked',
  };
  const isBroken = route !== 'prefetch' && server?.id !== 'works';
  const changes = route === 'fhir-server' ? 0 : Object.keys(forms).length;
  return [
    routes[route],
    ...(isBroken ? [`FHIR server: ${server?.title.toLowerCase() ?? 'unknown'}`] : []),
    ...(changes > 0 ? [`${String(changes)} changed`] : []),
  ].join('; ');
}

/** Where the user says what the EHR does, with which data, and lets it ask. */
export function AskPanel(props: AskProps) {
  const { start, service, isAsking, draftList, data, onHook, onDraft, onRemove, onData, onAsk } = props;
  const words = wordsOfHook(service.hook);
  const offered = offeredDrafts(service.hook, draftList);
  const isReady = words?.needs === undefined || offered.some(({ key }) => draftList.chosen.has(key));
  return (
    <section class="panel ask" aria-labelledby="ask-heading">
      <h2 id="ask-heading">Ask the service</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isAsking && isReady) onAsk();
        }}
      >
        <HookChoice hook={service.hook} onHook={onHook} />
        {words !== undefined && offered.length > 0 && (
          <DraftChoice words={words} offered={offered} chosen={draftList.chosen} onDraft={onDraft} />
        )}
        <Taken suggested={draftList.suggested} onRemove={onRemove} />
        <details class="data">
          <summary>
            Data: <span>{describeData(data, start)}</span>
          </summary>
          <DataFields start={start} data={data} onData={onData} />
        </details>
        <button type="submit" class="primary" aria-disabled={!isReady || isAsking}>
          {isAsking ? 'Asking…' : (words?.action ?? 'Ask')}
        </button>
        {!isReady && <p class="quiet">Choose at least one first.</p>}
      </form>
    </section>
  );
}
