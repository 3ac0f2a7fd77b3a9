import { describe, expect, test } from '@jest/globals';
import { normalizeBaseUrl } from '../../src/fhir/base-url.js';
import { fhirAccessOf, sameOriginUrl } from '../../src/record/fhir-access.js';

const EHR = 'https://ehr.example/fhir';

describe('a base URL in comparable form', () => {
  test.each([
    [EHR, EHR],
    [`${EHR}/`, EHR],
    [`${EHR}///`, EHR],
    ['HTTPS://EHR.Example:443/fhir', EHR],
    ['https://ehr.example/a/../fhir', EHR],
    ['https://ehr.example', 'https://ehr.example'],
    ['https://ehr.example/FHIR', 'https://ehr.example/FHIR'],
    ['http://127.0.0.1:8080/fhir', 'http://127.0.0.1:8080/fhir'],
    ['https://user@ehr.example/fhir', undefined],
    ['https://user:pass@ehr.example/fhir', undefined],
    ['https://ehr.example/fhir?tenant=1', undefined],
    ['https://ehr.example/fhir#x', undefined],
    ['ftp://ehr.example/fhir', undefined],
    ['file:///fhir', undefined],
    ['//ehr.example/fhir', undefined],
    ['ehr.example/fhir', undefined],
    ['', undefined],
  ])('%s', (text, normal) => {
    expect(normalizeBaseUrl(text)).toBe(normal);
  });
});

describe('whether the FHIR server of a request may be asked', () => {
  const token = { access_token: 'abc.def-123_~+/=', token_type: 'Bearer' };
  const open = { baseUrl: EHR, token: undefined };
  const withToken = { baseUrl: EHR, token: 'abc.def-123_~+/=' };

  test.each<[string, string | undefined, readonly string[], unknown]>([
    ['no server', undefined, [EHR], 'not-supplied'],
    ['a listed server', EHR, [EHR], withToken],
    ['a trailing slash in the request', `${EHR}/`, [EHR], withToken],
    ['a trailing slash in the list', EHR, ['https://x.example', `${EHR}/`], withToken],
    ['capitals in the host', 'https://EHR.example/fhir', [EHR], withToken],
    ['no list', EHR, [], 'fhir-server-not-allowed'],
    ['another server', 'https://x.example/fhir', [EHR], 'fhir-server-not-allowed'],
    ['a host that starts alike', 'https://ehr.example.evil/fhir', [EHR], 'fhir-server-not-allowed'],
    ['a path that starts alike', `${EHR}2`, [EHR], 'fhir-server-not-allowed'],
    ['a path below', `${EHR}/sub`, [EHR], 'fhir-server-not-allowed'],
    ['capitals in the path', 'https://ehr.example/FHIR', [EHR], 'fhir-server-not-allowed'],
    ['http for https', 'http://ehr.example/fhir', [EHR], 'fhir-server-not-allowed'],
    ['another port', 'https://ehr.example:444/fhir', [EHR], 'fhir-server-not-allowed'],
    ['user information', 'https://ehr.example@evil.example/fhir', [EHR], 'fhir-server-not-allowed'],
    ['user information of the listed host', 'https://u:p@ehr.example/fhir', [EHR], 'fhir-server-not-allowed'],
    ['a query', `${EHR}?x=1`, [EHR], 'fhir-server-not-allowed'],
    ['no URL', 'ehr', [EHR], 'fhir-server-not-allowed'],
    ['no URL on both sides', 'ehr', ['ehr'], 'fhir-server-not-allowed'],
  ])('%s', (_, fhirServer, allowedFhirServers, expected) => {
    const request = { fhirServer, fhirAuthorization: token, patientId: 'p1', allowedFhirServers, allowInsecure: false };
    expect(fhirAccessOf(request)).toEqual(expected);
  });

  test.each<[string, Record<string, unknown> | undefined, unknown]>([
    ['none', undefined, open],
    ['type in lower case', { ...token, token_type: 'bearer' }, withToken],
    ['type left out', { access_token: token.access_token }, withToken],
    ['the same patient', { ...token, patient: 'p1' }, withToken],
    ['the same patient by reference', { ...token, patient: 'Patient/p1' }, withToken],
    ['another patient', { ...token, patient: 'p2' }, 'other-patient'],
    ['another patient by reference', { ...token, patient: 'Patient/p2' }, 'other-patient'],
    ['another type', { ...token, token_type: 'DPoP' }, 'no-access-token'],
    ['no token', { token_type: 'Bearer' }, 'no-access-token'],
    ['an empty token', { ...token, access_token: '' }, 'no-access-token'],
    ['a token that is no text', { ...token, access_token: 7 }, 'no-access-token'],
    ['a token with a space', { ...token, access_token: 'a b' }, 'no-access-token'],
    ['a token that ends a header', { ...token, access_token: 'a\r\nX-Admin: 1' }, 'no-access-token'],
    ['a token that ends in a line feed', { ...token, access_token: 'a\n' }, 'no-access-token'],
    ['a token beyond ASCII', { ...token, access_token: 'aé' }, 'no-access-token'],
  ])('authorization: %s', (_, fhirAuthorization, expected) => {
    const request = {
      fhirServer: EHR,
      fhirAuthorization,
      patientId: 'p1',
      allowedFhirServers: [EHR],
      allowInsecure: false,
    };
    expect(fhirAccessOf(request)).toEqual(expected);
  });
});

describe('a FHIR server on another machine is called by https (REQ-05)', () => {
  test.each<[string, boolean, boolean]>([
    ['http://ehr.example/fhir', false, false],
    ['http://10.0.0.1/fhir', false, false],
    ['http://localhost.evil.example/fhir', false, false],
    ['http://127.0.0.1.evil.example/fhir', false, false],
    ['http://[::ffff:127.0.0.1]/fhir', false, false],
    ['http://0.0.0.0/fhir', false, false],
    ['http://ehr.example/fhir', true, true],
    ['https://ehr.example/fhir', false, true],
    ['http://localhost:8080/fhir', false, true],
    ['http://127.0.0.1:8080/fhir', false, true],
    ['http://[::1]:8080/fhir', false, true],
  ])('%s, http allowed: %s', (fhirServer, allowInsecure, isAsked) => {
    const request = { fhirServer, fhirAuthorization: undefined, patientId: 'p1', allowedFhirServers: [fhirServer] };
    expect(fhirAccessOf({ ...request, allowInsecure })).toEqual(
      isAsked ? { baseUrl: fhirServer, token: undefined } : 'fhir-server-not-allowed',
    );
  });
});

describe('a link stays on the origin of the server', () => {
  const access = { baseUrl: EHR, token: 't' };
  const current = `${EHR}/Observation?patient=p1`;

  test.each([
    ['?page=2', `${EHR}/Observation?page=2`],
    ['Observation?page=2', `${EHR}/Observation?page=2`],
    [`${EHR}?_getpages=7`, `${EHR}?_getpages=7`],
    ['https://EHR.example/fhir/x', `${EHR}/x`],
    ['https://evil.example/fhir', undefined],
    ['//evil.example', undefined],
    ['\\\\evil.example', undefined],
    ['https://ehr.example@evil.example', undefined],
    ['https://u@ehr.example/fhir', undefined],
    ['data:text/plain,x', undefined],
    ['http://ehr.example/fhir', undefined],
    ['https://ehr.example:444/fhir', undefined],
    ['https://ehr.example./fhir', undefined],
    ['https://ehr.examp\u217ce/fhir', EHR],
    ['https://ehr.ex\u0430mple/fhir', undefined],
    ['https://ehr.example\\@evil.example/fhir', 'https://ehr.example/@evil.example/fhir'],
    ['/\\evil.example', undefined],
    ['\t//evil.example', undefined],
    ['', undefined],
  ])('%s', (link, url) => {
    expect(sameOriginUrl(access, link, current)).toBe(url);
  });
});
