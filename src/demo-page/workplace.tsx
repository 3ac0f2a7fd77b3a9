import { useEffect, useRef, useState } from 'preact/hooks';
import type { CdsService, Suggestion } from '../cds-hooks/types.js';
import type { DemoPatient, DemoStart } from '../demo/chart-view.js';
import { hashOf } from './address.js';
import { AnswerSection } from './answer.js';
import { AskPanel, offeredDrafts } from './ask.js';
import { Banner } from './banner.js';
import { ChartSection } from './chart.js';
import { draftOfSuggestion, type Draft } from './drafts.js';
import { ExchangeView } from './exchange.js';
import type { DataChoice } from './request.js';
import {
  choosing,
  leaving,
  NO_DRAFTS,
  useTalk,
  withDraft,
  withoutDraft,
  type DraftList,
  type Talk,
} from './session.js';

export interface WorkplaceProps {
  readonly start: DemoStart;
  readonly patient: DemoPatient;
  readonly service: CdsService;
}

function takenInto(list: DraftList, { label, actions }: Suggestion): DraftList {
  return actions.reduce(
    (known, action) =>
      action.type === 'create'
        ? withDraft(known, draftOfSuggestion(label, action.resource))
        : withoutDraft(known, action.resourceId),
    list,
  );
}

function chosenDrafts(hook: string, list: DraftList): readonly Draft[] {
  return offeredDrafts(hook, list).filter(({ key }) => list.chosen.has(key));
}

/** Whether other drafts are chosen now than those that the cards on the page are about. */
function areDraftsOther({ exchange, drafts }: Talk, { hook }: CdsService, list: DraftList): boolean {
  if (exchange?.service.hook !== hook) return false;
  const chosen = chosenDrafts(hook, list);
  return chosen.length !== drafts.length || chosen.some((draft, index) => draft !== drafts[index]);
}

/** Everything that belongs to one open chart; opened anew for each patient. */
function useWorkplace({ start, patient, service }: WorkplaceProps) {
  const [draftList, setDraftList] = useState(NO_DRAFTS);
  const [data, setData] = useState<DataChoice>({
    route: 'prefetch',
    fhirServer: start.fhirServers[0]?.baseUrl ?? '',
    forms: {},
  });
  const { talk, ask } = useTalk();
  const askNow = () => ask({ service, patient, drafts: chosenDrafts(service.hook, draftList), data });
  const onDraft = (draft: Draft, isChosen: boolean) => {
    setDraftList((list) => (isChosen ? choosing(list, draft.key) : leaving(list, draft.key)));
  };
  const onRemove = (draft: Draft) => {
    setDraftList((list) => withoutDraft(list, draft.key));
  };
  const onTake = (suggestion: Suggestion) => {
    setDraftList((list) => takenInto(list, suggestion));
  };
  const isOutdated = areDraftsOther(talk, service, draftList);
  return { talk, isOutdated, askNow, draftList, onDraft, onRemove, onTake, data, setData };
}

/** One open chart: banner, time line, the question and the answer. */
export function Workplace(props: WorkplaceProps) {
  const { start, patient, service } = props;
  const { talk, isOutdated, askNow, onTake, setData, ...drafts } = useWorkplace(props);
  const patientHeading = useRef<HTMLHeadingElement>(null);
  const answerHeading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    patientHeading.current?.focus({ preventScroll: true });
    void askNow();
    // Opening a chart asks once; every other call is the user's.
  }, []);
  const onAsk = () => {
    void askNow().then((isLatest) => {
      if (isLatest) answerHeading.current?.focus();
    });
  };
  return (
    <>
      <Banner patient={patient} chart={talk.chart} heading={patientHeading} />
      <ChartSection chart={talk.chart} isAsking={talk.isAsking} />
      <div class="beside">
        <AskPanel
          {...{ start, service, onAsk, ...drafts }}
          isAsking={talk.isAsking}
          onData={setData}
          onHook={(hook) => {
            location.hash = hashOf({ patient: patient.id, hook });
          }}
        />
        <AnswerSection
          exchange={talk.exchange}
          isAsking={talk.isAsking}
          heading={answerHeading}
          areDraftsOther={isOutdated}
          {...{ start, onTake, onAsk }}
        />
        {talk.exchange !== undefined && <ExchangeView exchange={talk.exchange} />}
      </div>
    </>
  );
}
