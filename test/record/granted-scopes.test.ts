import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { grantsSearch } from '../../src/record/granted-scopes.js';
import { basisOf, cardiacOf, cardsOf, chartOfNumber } from '../support/answers.js';
import { startEhr, type Ehr } from '../support/ehr.js';
import { authorizationOf, hookBody, postHook, startTestService, type TestService } from '../support/service.js';
import { loadVignettes } from '../support/vignette.js';

describe('what a scope lets a search of Observations see', () => {
  test.each([
    ['REQ-13', 'SMART 1 read', 'patient/Observation.read', true],
    ['REQ-13', 'SMART 1 all permissions', 'patient/Observation.*', true],
    ['REQ-13', 'SMART 1 all types', 'launch user/*.read openid', true],
    ['REQ-13', 'SMART 1 of a system', 'system/*.*', true],
    ['REQ-13', 'SMART 1 write alone', 'patient/Observation.write', false],
    ['REQ-13', 'SMART 2 read and search', 'patient/Observation.rs', true],
    ['REQ-13', 'SMART 2 everything', 'patient/*.cruds', true],
    ['REQ-13', 'SMART 2 search alone', 'patient/Observation.s', true],
    ['REQ-13', 'SMART 2 read alone', 'patient/Observation.r', false],
    ['REQ-13', 'SMART 2, one category', 'patient/Observation.rs?category=vital-signs', false],
    ['REQ-13', 'SMART 2, one category beside all', 'patient/Observation.rs?category=x patient/Observation.rs', true],
    ['REQ-13', 'another type', 'patient/Condition.read patient/ObservationDefinition.read', false],
    ['REQ-13', 'another case', 'patient/observation.read', false],
    ['REQ-13', 'no resources: the server decides', 'launch openid fhirUser', true],
    ['REQ-13', 'nothing readable: the server decides', 'patient/Observation', true],
    ['REQ-13', 'empty: the server decides', '', true],
    ['REQ-13', 'not said: the server decides', undefined, true],
  ])('%s %s', (_, __, scope, expected) => {
    expect(grantsSearch(scope, 'Observation')).toBe(expected);
  });
});

describe('a FHIR server that leaves out what the token does not cover', () => {
  let ehr: Ehr;
  let service: TestService;

  beforeAll(async () => {
    ehr = await startEhr();
    service = await startTestService({ allowedFhirServers: [ehr.fhirServer] });
  });

  afterAll(async () => {
    await service.close();
    await ehr.close();
  });

  const answerWith = async (scope: string) => {
    await ehr.load(chartOfNumber(loadVignettes(), '01'));
    const fhirAuthorization = { ...authorizationOf('t'), scope };
    return cardsOf(await postHook(service, hookBody({ fhirServer: ehr.fhirServer, fhirAuthorization })));
  };
  const OTHERS = 'patient/Patient.rs patient/Encounter.rs patient/Condition.rs patient/DiagnosticReport.rs';

  test.each([
    ['all of it', 'patient/*.rs', 'troponin-not-found'],
    ['no scope of a resource', 'launch', 'troponin-not-found'],
    ['no Observations', OTHERS, 'troponin-not-checked'],
    ['vital signs only', `${OTHERS} patient/Observation.rs?category=vital-signs`, 'troponin-not-checked'],
  ])('no troponin came back: %s', async (_, scope, expected) => {
    const cards = await answerWith(scope);
    expect(cardiacOf(cards)).toBe(expected);
    const gaps = cards.flatMap((card) => basisOf(card).gaps ?? []);
    const said = gaps.filter(({ need }) => need === 'troponins').map(({ reason }) => reason);
    expect(new Set(said)).toEqual(new Set(expected === 'troponin-not-checked' ? ['scope-not-granted'] : []));
  });
});
