import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { CdsService } from '../cds-hooks/types.js';
import type { ChartView, DemoPatient, DemoStart } from '../demo/chart-view.js';
import { readAddress, type Address } from './address.js';
import { callService, fetchChart, fetchStart, type Exchange } from './call.js';
import { newId } from './clock.js';
import type { Draft } from './drafts.js';
import { wordsOfHook } from './hooks.js';
import { buildBody, type DataChoice } from './request.js';

/** What the page knows from the demonstration when it begins; a text says why it knows nothing. */
export type Beginning =
  { readonly start: DemoStart; readonly services: readonly CdsService[] } | { readonly fault: string } | undefined;

export function useBeginning(): Beginning {
  const [beginning, setBeginning] = useState<Beginning>(undefined);
  useEffect(() => {
    fetchStart().then(setBeginning, () => {
      setBeginning({ fault: 'The demonstration does not answer. Is it still running?' });
    });
  }, []);
  return beginning;
}

/** The address in the URL's hash, as it changes. */
export function useAddress(): Address {
  const [address, setAddress] = useState(() => readAddress(location.hash));
  useEffect(() => {
    const follow = () => {
      setAddress(readAddress(location.hash));
    };
    addEventListener('hashchange', follow);
    return () => {
      removeEventListener('hashchange', follow);
    };
  }, []);
  return address;
}

/** The drafts of one patient: what is offered, what cards suggested, and which of them are being worked on. */
export interface DraftList {
  readonly suggested: readonly Draft[];
  readonly chosen: ReadonlySet<string>;
}

export const NO_DRAFTS: DraftList = { suggested: [], chosen: new Set() };

export function choosing(list: DraftList, key: string): DraftList {
  return { ...list, chosen: new Set([...list.chosen, key]) };
}

export function leaving(list: DraftList, key: string): DraftList {
  return { ...list, chosen: new Set([...list.chosen].filter((one) => one !== key)) };
}

/** A draft that a card suggested is worked on at once. */
export function withDraft(list: DraftList, draft: Draft): DraftList {
  const { suggested, ...rest } = withoutDraft(list, draft.key);
  return choosing({ ...rest, suggested: [...suggested, draft] }, draft.key);
}

export function withoutDraft(list: DraftList, key: string): DraftList {
  return { ...leaving(list, key), suggested: list.suggested.filter((draft) => draft.key !== key) };
}

/** What is going on between EHR and service. */
export interface Talk {
  readonly isAsking: boolean;
  readonly exchange: Exchange | undefined;
  readonly chart: ChartView | undefined;
  /** The drafts that exchange and chart are about. */
  readonly drafts: readonly Draft[];
}

/** What is asked: a service, about a patient, with drafts and data. */
export interface Question {
  readonly service: CdsService;
  readonly patient: DemoPatient;
  readonly drafts: readonly Draft[];
  readonly data: DataChoice;
}

const QUIET: Talk = { isAsking: false, exchange: undefined, chart: undefined, drafts: [] };

/** Asks the service, and reads the chart the same way. An answer to an older question is dropped. */
export function useTalk() {
  const [talk, setTalk] = useState<Talk>(QUIET);
  const latest = useRef(0);
  const ask = useCallback(async (question: Question): Promise<boolean> => {
    latest.current += 1;
    const turn = latest.current;
    setTalk((before) => ({ ...before, isAsking: true, exchange: undefined }));
    const body = await buildBody({ ...question, hookInstance: newId() });
    const isAsked = wordsOfHook(question.service.hook)?.needs === undefined || question.drafts.length > 0;
    const [exchange, chart] = await Promise.all([
      isAsked ? callService(question.service, body) : undefined,
      fetchChart(body),
    ]);
    if (turn !== latest.current) return false;
    setTalk({ isAsking: false, exchange, chart, drafts: question.drafts });
    return true;
  }, []);
  return { talk, ask };
}
