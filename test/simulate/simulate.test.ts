import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { simulate } from '../../src/simulate/simulate.js';
import {
  simulationCsv,
  simulationJson,
  simulationMarkdown,
  simulationTable,
} from '../../src/simulate/simulation-formats.js';
import { isWhole } from '../../src/simulate/tally.js';
import { servicesOf } from '../../src/service/discovery.js';
import { writeBulkExport, writeBundles, type Charts } from '../bench/charts.js';
import { temporaryFolder } from '../support/process.js';
import { topics } from '../support/service.js';

jest.setTimeout(60_000);

const NOW = Date.parse('2026-03-10T12:00:00Z');
/** A story in every second chart: all of them are told. */
const CHARTS: Charts = { count: 28, visits: 1, oneIn: 2 };
const services = [...servicesOf(topics()).values()];
const when = { lastBefore: NOW };

async function run(path: string, limit?: number) {
  const quiet = { onRead: () => undefined, signal: new AbortController().signal };
  return simulate({ path, services, when, limit }, quiet);
}

let bundles: string;
let bulk: string;

beforeAll(async () => {
  [bundles, bulk] = [join(temporaryFolder(), 'bundles'), join(temporaryFolder(), 'bulk')];
  await writeBundles(bundles, CHARTS);
  await writeBulkExport(bulk, CHARTS);
});

test('a bulk export counts the same as the Bundles of the same patients, for every hook', async () => {
  const [one, other] = [await run(bundles), await run(bulk)];
  expect(other).toEqual(one);
  expect(one.charts).toBe(28);
  const [view] = one.services;
  expect(view?.hook).toBe('patient-view');
  expect(view?.withCards).toBeGreaterThan(10);
  expect(view?.cards.map(({ card }) => card)).toEqual(expect.arrayContaining(['troponin-elevated', 'therapy-ladder']));
  expect(one.services).toHaveLength(6);
});

test('each call is counted once: with cards, without, or not answered', async () => {
  const { services: tallies, charts } = await run(bundles);
  for (const { calls, withCards, silent, gravest, unanswered, notFired } of tallies) {
    const sum = (counts: Readonly<Record<string, number>>) =>
      Object.values(counts).reduce((one, other) => one + other, 0);
    expect(calls).toBe(withCards + silent + sum(unanswered));
    expect(sum(gravest)).toBe(withCards);
    expect(calls + sum(notFired)).toBe(charts);
  }
});

test('the limit ends it, and is no partial result', async () => {
  expect(await run(bulk, 5)).toMatchObject({ charts: 5, isPartial: false });
});

describe('ended early', () => {
  test.each(['bundles', 'bulk'])('%s: what was counted so far, marked', async (which) => {
    const controller = new AbortController();
    let read = 0;
    const onRead = () => {
      read += 1;
      if (read === 3) controller.abort();
    };
    const path = which === 'bulk' ? bulk : bundles;
    const result = await simulate({ path, services, when, limit: undefined }, { onRead, signal: controller.signal });
    expect(result.isPartial).toBe(true);
    expect(result.charts).toBeLessThan(28);
    expect(simulationTable({ simulated: result, when })).toMatch(/^PARTIAL: /);
    expect(simulationCsv({ simulated: result, when })).toMatch(/^"","","partial"/m);
  });
});

describe('what is said', () => {
  test('what was not read and not answered is counted by reason, and is not whole', async () => {
    const folder = temporaryFolder();
    const patient = { resource: { resourceType: 'Patient', id: 'canary-17' } };
    writeFileSync(join(folder, 'canary.json'), JSON.stringify({ resourceType: 'Bundle', entry: [patient, {}] }));
    writeFileSync(join(folder, 'dateless.json'), JSON.stringify({ resourceType: 'Bundle', entry: [patient] }));
    writeFileSync(join(folder, 'broken.json'), '{');
    writeFileSync(join(folder, 'a.ndjson'), 'x\n{"resourceType":"Condition"}\n');
    writeFileSync(join(folder, 'notes.txt'), 'not looked at');
    const simulated = await simulate(
      { path: folder, services: services.slice(0, 1), when: { at: NOW }, limit: undefined },
      { onRead: () => undefined, signal: new AbortController().signal },
    );
    expect(simulated).toMatchObject({
      charts: 2,
      unread: { 'no-json': 1, 'line-no-json': 1, 'line-no-patient': 1 },
      services: [{ calls: 2, silent: 1, withCards: 0 }],
    });
    expect(Object.values(simulated.services[0]?.unanswered ?? {})).toEqual([1]);
    expect(isWhole(simulated)).toBe(false);
    const said = [simulationTable, simulationCsv, simulationJson, simulationMarkdown].map((write) =>
      write({ simulated, when: { at: NOW } }),
    );
    for (const text of said) {
      expect(text).toMatch(/not[ -]answered|unanswered/);
      expect(text).toMatch(/not read|unread/);
      // Nothing of a patient, not even the name of his file.
      expect(text).not.toContain('canary');
    }
  });

  test('a chart without dates has no instant to go by', async () => {
    const folder = temporaryFolder();
    const entry = [{ resource: { resourceType: 'Patient', id: 'p1' } }];
    writeFileSync(join(folder, 'a.json'), JSON.stringify({ resourceType: 'Bundle', entry }));
    const { services: tallies } = await run(folder);
    expect(tallies[0]).toMatchObject({ calls: 0, notFired: { 'no-date': 1 } });
  });

  test('every format has the rate for a thousand calls', async () => {
    const simulated = await run(bundles);
    const [view] = simulated.services;
    const rate = ((view?.withCards ?? 0) * 1000) / (view?.calls ?? 1);
    const given = { simulated, when };
    expect(simulationTable(given)).toContain(`(${rate.toFixed(1)} per 1,000)`);
    expect(simulationTable(given)).toMatch(/each as of the last entry/);
    const json = JSON.parse(simulationJson(given)) as {
      readonly services: readonly { readonly perThousand: number }[];
    };
    expect(json.services[0]?.perThousand).toBeCloseTo(rate, 1);
    expect(simulationCsv(given)).toMatch(
      /^"patient-view","esophageal-spasm-patient-view","card","therapy-ladder","info",\d+,28,[\d.]+\r$/m,
    );
    expect(simulationMarkdown(given)).toMatch(/\| therapy-ladder +\| info \| \d+ \| [\d.]+ \|/);
  });
});
