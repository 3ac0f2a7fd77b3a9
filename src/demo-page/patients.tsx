import { useEffect, useRef, useState } from 'preact/hooks';
import type { DemoPatient } from '../demo/chart-view.js';
import { FIRST_HOOK, hashOf } from './address.js';

function matches({ id, name, story }: DemoPatient, words: string): boolean {
  const text = `${id} ${name} ${story}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Up and down go from one patient to the next, and from the search into the list. */
function moveFocus(event: KeyboardEvent, list: HTMLElement | null): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || list === null) return;
  const places = [...list.querySelectorAll<HTMLElement>('input, a')];
  const here = places.findIndex((place) => place === document.activeElement);
  const next = places[here + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

/** `/` leads to the search from anywhere that takes no text. */
function useSearchKey(field: { readonly current: HTMLInputElement | null }): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof Element && event.target.matches('input, textarea, select');
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      field.current?.focus();
    };
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
    };
  }, [field]);
}

function Entry({ patient, isOpen }: { readonly patient: DemoPatient; readonly isOpen: boolean }) {
  return (
    <li>
      <a href={hashOf({ patient: patient.id, hook: FIRST_HOOK })} aria-current={isOpen ? 'page' : undefined}>
        <b>{patient.name}</b>
        <span class="id">{patient.id}</span>
        <span class="story">{patient.story}</span>
      </a>
    </li>
  );
}

function Search({ words, onWords }: { readonly words: string; readonly onWords: (words: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  useSearchKey(field);
  return (
    <>
      <label for="search">
        Find a patient <kbd>/</kbd>
      </label>
      <input
        id="search"
        type="search"
        ref={field}
        value={words}
        autocomplete="off"
        placeholder="name or story"
        onInput={({ currentTarget }) => {
          onWords(currentTarget.value);
        }}
      />
    </>
  );
}

interface Props {
  readonly patients: readonly DemoPatient[];
  /** Id of the patient whose chart is open. */
  readonly open: string | undefined;
}

/** The list of the synthetic patients, with their stories. */
export function Patients({ patients, open }: Props) {
  const [words, setWords] = useState('');
  const place = useRef<HTMLElement>(null);
  const found = patients.filter((patient) => matches(patient, words));
  return (
    <nav
      class="patients"
      aria-label="Patients"
      ref={place}
      onKeyDown={(event) => {
        moveFocus(event, place.current);
      }}
    >
      <Search words={words} onWords={setWords} />
      <p class="quiet" role="status">
        {found.length === 1 ? '1 patient' : `${String(found.length)} patients`}, all invented
      </p>
      <ul>
        {found.map((patient) => (
          <Entry key={patient.id} patient={patient} isOpen={patient.id === open} />
        ))}
      </ul>
    </nav>
  );
}
