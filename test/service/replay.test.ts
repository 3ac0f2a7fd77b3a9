import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { isObject } from '../../src/fhir/json.js';
import { answerHashOf } from '../../src/service/decision.js';
import { servicesOf, type Service } from '../../src/service/discovery.js';
import { runReplay, type CommandResult } from '../../src/commands/run-replay.js';
import { replay, type GivenAnswer } from '../../src/service/replay.js';
import { StoreError, type Decision, type NeedRecord } from '../../src/store/store.js';
import { bundleOf, cardsOf, hookRequest, requestOf, without } from '../support/answers.js';
import { sendJson, startPeer, type Peer } from '../support/peer.js';
import {
  AS_OF,
  HOOKS,
  postHook,
  serviceIdFor,
  startTestService,
  topic,
  topics,
  type HookBody,
  type TestService,
} from '../support/service.js';
import { loadVignettes } from '../support/vignette.js';

jest.setTimeout(30_000);

const services = servicesOf(topics());

let http: TestService;
let peer: Peer;

beforeAll(async () => {
  http = await startTestService();
  peer = await startPeer((_request, response) => {
    sendJson(response, 200, bundleOf([]));
  });
});

afterAll(async () => {
  await http.close();
  await peer.close();
});

/** What was kept of a call: the request as its bytes, and the answer as its bytes. */
interface Kept {
  readonly request: string;
  readonly text: string;
  readonly given: GivenAnswer;
}

async function keep(body: HookBody, from: TestService = http): Promise<Kept> {
  const request = JSON.stringify(body);
  const { status, text } = await postHook(from, request, serviceIdFor(body.hook));
  if (status !== 200) throw new Error(`status ${String(status)}`);
  const given: GivenAnswer = {
    at: AS_OF,
    service: serviceIdFor(body.hook),
    contentHash: topic().contentHash,
    answerHash: answerHashOf(text),
    needs: undefined,
    text,
  };
  return { request, text, given };
}

const again = (request: string, given: GivenAnswer, content: ReadonlyMap<string, Service> = services) =>
  replay(JSON.parse(request), given, content);

/** One in four: all of them would take as much longer. */
const STORIES = loadVignettes().filter((_, index) => index % 4 === 0);

test('vignettes told by prefetch, and every hook, are the same byte for byte', async () => {
  const proofs: string[] = [];
  const requests = [...STORIES.map((vignette) => requestOf(vignette)), ...HOOKS.map((hook) => hookRequest(hook))];
  for (const body of requests) {
    const { request, given } = await keep(body);
    const { outcome } = await again(request, given);
    proofs.push(`${body.hook} ${outcome}`);
  }
  expect(proofs.length).toBeGreaterThan(100);
  expect(proofs.filter((proof) => !proof.endsWith(' same'))).toEqual([]);
});

describe('what is not as it was is seen', () => {
  const edited = (request: string, edit: (body: Record<string, unknown>) => object) =>
    JSON.stringify(edit(JSON.parse(request) as Record<string, unknown>));
  const rows: readonly (readonly [string, (kept: Kept) => readonly [string, GivenAnswer], string])[] = [
    [
      'another instant',
      ({ request, given }) => [request, { ...given, at: AS_OF + 1 }],
      '$.cards[0].suggestions[0].actions[0].resource.occurrenceDateTime',
    ],
    [
      'another hook instance',
      ({ request, given }) => [edited(request, (body) => ({ ...body, hookInstance: crypto.randomUUID() })), given],
      '$.cards[0].uuid',
    ],
    [
      'a chart without conditions',
      ({ request, given }) => [
        edited(request, (body) => ({ ...body, prefetch: { ...(body['prefetch'] as object), conditions: null } })),
        given,
      ],
      '$.cards[0]',
    ],
    [
      'a request that is refused',
      ({ request, given }) => [edited(request, ({ context: _context, ...body }) => body), given],
      'refused now: invalid-request',
    ],
    [
      'an answer with a changed letter',
      ({ request, given, text }) => {
        const changed = text.replace('"summary":"', '"summary":"X');
        return [request, { ...given, text: changed, answerHash: answerHashOf(changed) }];
      },
      '$.cards[0].summary',
    ],
    [
      'an answer with a card less',
      ({ request, given, text }) => {
        const { cards } = JSON.parse(text) as { readonly cards: readonly unknown[] };
        const changed = JSON.stringify({ cards: cards.slice(0, 1) });
        return [request, { ...given, text: changed, answerHash: answerHashOf(changed) }];
      },
      '$.cards[1]',
    ],
    [
      'an answer written with other white space',
      ({ request, given, text }) => {
        const changed = JSON.stringify(JSON.parse(text), undefined, 1);
        return [request, { ...given, text: changed, answerHash: answerHashOf(changed) }];
      },
      'same values, written differently',
    ],
  ];
  test.each(rows)('%s', async (_, change, where) => {
    const kept = await keep(hookRequest('patient-view'));
    const { outcome, lines } = await again(...change(kept));
    expect(outcome).toBe('different');
    expect(lines.join('\n')).toContain(where);
  });
});

describe('what cannot be proved is not called the same, nor different', () => {
  test('another content', async () => {
    const { request, given } = await keep(hookRequest('patient-view'));
    const other = { ...given, contentHash: 'f'.repeat(64) };
    const { outcome, lines } = await again(request, other);
    expect(outcome).toBe('cannot be proved');
    expect(lines).toEqual([
      `The content is ${topic().contentHash}, the decision was made with ${'f'.repeat(64)}: check out that version.`,
    ]);
  });

  test('a service that this content does not have', async () => {
    const { request, given } = await keep(hookRequest('patient-view'));
    expect((await again(request, { ...given, service: 'other' })).outcome).toBe('cannot be proved');
  });

  test('a kept answer that is not the one of the decision', async () => {
    const { request, given } = await keep(hookRequest('patient-view'));
    expect((await again(request, { ...given, text: '{"cards":[]}' })).outcome).toBe('cannot be proved');
  });
});

describe('needs that a FHIR server answered', () => {
  const SERVER_NEEDS: readonly NeedRecord[] = [{ need: 'labs', origin: 'fhir-server', completeness: 'whole' }];
  const whole = hookRequest('patient-view');
  const prefetch = isObject(whole.prefetch) ? whole.prefetch : {};
  const partial = (): HookBody => ({ ...whole, prefetch: without(prefetch, ['labs']), fhirServer: peer.base });

  async function keepFetched(): Promise<Kept> {
    const own = await startTestService({ allowedFhirServers: [peer.base] });
    try {
      return await keep(partial(), own);
    } finally {
      await own.close();
    }
  }

  test('are not in the request: no proof, and no call', async () => {
    const { request, given } = await keepFetched();
    expect(peer.heard.length).toBeGreaterThan(0);
    peer.forget();
    const { outcome, lines } = await again(request, { ...given, needs: SERVER_NEEDS });
    expect(outcome).toBe('cannot be proved');
    expect(lines[0]).toContain('a FHIR server answered labs');
    expect((await again(request, given)).outcome).toBe('cannot be proved');
    expect(peer.heard).toEqual([]);
  });

  test('are proved once the prefetch holds them', async () => {
    const { request, given } = await keepFetched();
    const body = JSON.parse(request) as HookBody;
    const filled = { ...body, prefetch: { ...(body.prefetch as object), labs: bundleOf([]) } };
    const { outcome } = await again(JSON.stringify(filled), { ...given, needs: SERVER_NEEDS });
    expect(outcome).toBe('same');
  });

  test('a server that might not be asked is no doubt', async () => {
    const kept = await keep(partial());
    expect(cardsOf({ status: 200, headers: new Headers(), text: kept.text, body: JSON.parse(kept.text) })).not.toEqual(
      [],
    );
    const needs: readonly NeedRecord[] = [{ need: 'labs', origin: 'none', completeness: 'fhir-server-not-allowed' }];
    expect((await again(kept.request, { ...kept.given, needs })).outcome).toBe('same');
    expect((await again(kept.request, kept.given)).outcome).toBe('same');
    expect((await again(kept.request, { ...kept.given, needs, at: AS_OF + 1 })).outcome).toBe('different');
  });

  test('a server that may be asked and sends nothing is the same', async () => {
    const dead = await startTestService({ allowedFhirServers: ['http://127.0.0.1:9/fhir'] });
    try {
      const kept = await keep({ ...partial(), fhirServer: 'http://127.0.0.1:9/fhir' }, dead);
      expect((await again(kept.request, kept.given)).outcome).toBe('same');
    } finally {
      await dead.close();
    }
  });
});

describe('the command', () => {
  /** `--content-hash x` as the command line hands it over. */
  const optionsOf = (args: readonly string[]): Record<string, string> =>
    Object.fromEntries(
      args.flatMap((name, index) =>
        index % 2 === 0
          ? [[name.slice(2).replace(/-./g, (pair) => pair.slice(1).toUpperCase()), args[index + 1] ?? '']]
          : [],
      ),
    );

  function run(
    kept: Kept,
    args: readonly string[],
    findDecision: (id: string) => Promise<Decision | undefined> = () => Promise.resolve(undefined),
  ): Promise<CommandResult> {
    const files: Readonly<Record<string, string>> = {
      'request.json': kept.request,
      'answer.json': kept.text,
      'empty.json': '{"cards":[]}',
      'broken.json': '{',
    };
    return runReplay(optionsOf(args), {
      readText: (file) => files[file] ?? '',
      loadServices: () => services,
      findDecision,
    });
  }

  const decisionFor = ({ given }: Kept): Decision => ({
    id: 'd-1',
    at: new Date(given.at).toISOString(),
    client: 'north-ehr',
    service: given.service,
    topic: topic().topic.id,
    topicVersion: topic().topic.version,
    contentHash: given.contentHash,
    rules: [],
    undetermined: [],
    needs: [],
    cards: [],
    answerHash: given.answerHash,
    milliseconds: 3,
  });

  const REQUEST = ['--request', 'request.json'];
  const FLAGS = (kept: Kept) => [
    ...['--at', '2026-03-10T12:00:00.000Z', '--service', kept.given.service],
    ...['--content-hash', kept.given.contentHash, '--answer-hash', kept.given.answerHash.toUpperCase()],
  ];

  test.each<[string, number, RegExp, (kept: Kept) => readonly string[]]>([
    ['everything said', 0, /^SAME: /, (kept) => [...REQUEST, ...FLAGS(kept)]],
    ['a kept answer', 0, /^SAME: /, () => [...REQUEST, '--answer', 'answer.json']],
    ['a decision on record', 0, /^SAME: /, () => [...REQUEST, '--decision', 'd-1']],
    ['a decision and its answer', 0, /^SAME: /, () => [...REQUEST, '--decision', 'd-1', '--answer', 'answer.json']],
    [
      'a later instant',
      1,
      /^DIFFERENT: /,
      () => [...REQUEST, '--answer', 'answer.json', '--at', '2026-03-10T12:00:01Z'],
    ],
    ['no decision of this id', 2, /no decision/, () => [...REQUEST, '--decision', 'd-2']],
    ['no request', 2, /--request/, () => ['--decision', 'd-1']],
    ['nothing to prove', 2, /--at/, () => REQUEST],
    ['an answer without cards says no instant', 2, /--at/, () => [...REQUEST, '--answer', 'empty.json']],
    [
      'an answer that is no JSON',
      2,
      /answer is no valid JSON: .*line 1/,
      () => [...REQUEST, '--answer', 'broken.json'],
    ],
    [
      'a request that is no JSON',
      2,
      /request is no valid JSON: .*line 1/,
      () => ['--request', 'broken.json', '--decision', 'd-1'],
    ],
    [
      'an instant without zone',
      2,
      /time zone/,
      () => [...REQUEST, '--answer', 'answer.json', '--at', '2026-03-10T12:00:00'],
    ],
    ['a short hash', 2, /64/, () => [...REQUEST, '--answer', 'answer.json', '--content-hash', 'abc']],
    ['a decision and flags', 2, /leave out/, (kept) => [...REQUEST, '--decision', 'd-1', ...FLAGS(kept)]],
    [
      'another decision’s answer',
      2,
      /^CANNOT BE PROVED: /,
      () => [...REQUEST, '--decision', 'd-1', '--answer', 'empty.json'],
    ],
  ])('%s: %d', async (_, exitCode, says, argsOf) => {
    const kept = await keep(hookRequest('order-select'));
    const find = (id: string) => Promise.resolve(id === 'd-1' ? decisionFor(kept) : undefined);
    const result = await run(kept, argsOf(kept), find);
    expect({ exitCode: result.exitCode, says: result.lines.join('\n') }).toEqual({
      exitCode,
      says: expect.stringMatching(says),
    });
  });

  test('a silent answer, with instant and content', async () => {
    const request = JSON.stringify({ ...hookRequest('patient-view', {}, []), prefetch: { conditions: null } });
    const { text } = await postHook(http, request);
    expect(text).toBe('{"cards":[]}');
    const kept = { ...(await keep(hookRequest('patient-view'))), request };
    const args = [...REQUEST, '--answer', 'empty.json', '--at', '2026-03-10T12:00:00Z'];
    const result = await run(kept, [...args, '--content-hash', topic().contentHash]);
    expect(result).toMatchObject({ exitCode: 0 });
  });

  test('a store that cannot be reached is no verdict', async () => {
    const kept = await keep(hookRequest('patient-view'));
    const down = () => Promise.reject(new StoreError('down'));
    await expect(run(kept, [...REQUEST, '--decision', 'd-1'], down)).rejects.toThrow(StoreError);
  });

  test('no value of request or answer is printed', async () => {
    const kept = await keep(hookRequest('patient-view'));
    const result = await run(kept, [...REQUEST, '--answer', 'answer.json', '--at', '2026-03-11T12:00:00Z']);
    expect(result.exitCode).toBe(1);
    expect(result.lines.join('\n')).not.toMatch(/p1|Practitioner|troponin-not-found/);
  });
});
