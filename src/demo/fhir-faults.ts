import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { isObject } from '../fhir/json.js';

/** A way in which a FHIR server fails; each is a server of its own at `/fhir-faults/<id>`. */
export interface FhirFault {
  readonly id: string;
  readonly title: string;
  readonly meaning: string;
  readonly fail: RequestHandler;
}

const FIRST_PAGE = 2;
/** Cut short, they would refuse the call (412) before any card could say what is incomplete. */
const GIVEN_WHOLE: readonly string[] = ['Patient', 'Encounter', 'Condition'];

function sendOutcome(response: Response, status: number, code: string): void {
  const body = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code }] };
  response.status(status).type('application/fhir+json').send(JSON.stringify(body));
}

const typeOf = (request: Request) => request.path.split('/')[1] ?? '';

/** Queries for these types of resources are refused, as by a missing scope; all others are answered. */
function refusing(...types: readonly string[]): RequestHandler {
  return (request, response, next) => {
    if (types.includes(typeOf(request))) sendOutcome(response, 403, 'forbidden');
    else next();
  };
}

/** Only the beginning of each list, and a link to a next page that is never answered with one. */
function cutFirstPage(body: unknown, next: string): unknown {
  if (!isObject(body) || body['resourceType'] !== 'Bundle' || !Array.isArray(body['entry'])) return body;
  if (body['entry'].length <= FIRST_PAGE) return body;
  return { ...body, entry: body['entry'].slice(0, FIRST_PAGE), link: [{ relation: 'next', url: next }] };
}

const onlyFirstPage: RequestHandler = (request, response, next) => {
  if (request.path === '/next-page') {
    sendOutcome(response, 500, 'exception');
    return;
  }
  if (GIVEN_WHOLE.includes(typeOf(request))) {
    next();
    return;
  }
  const send = response.send.bind(response);
  const url = `${request.protocol}://${request.get('host') ?? ''}${request.baseUrl}/next-page`;
  response.send = (body: string) => send(JSON.stringify(cutFirstPage(JSON.parse(body) as unknown, url)));
  next();
};

export const FHIR_FAULTS: readonly FhirFault[] = [
  {
    id: 'no-observations',
    title: 'Refuses observations',
    meaning: 'Laboratory results, ECG and vital signs are answered with 403, as when a scope is missing.',
    fail: refusing('Observation'),
  },
  {
    id: 'no-medications',
    title: 'Refuses medications',
    meaning: 'Orders, lists and dispenses of drugs are answered with 403.',
    fail: refusing('MedicationRequest', 'MedicationStatement', 'MedicationDispense'),
  },
  {
    id: 'no-conditions',
    title: 'Refuses conditions',
    meaning: 'Without conditions nobody knows whether the service has anything to say.',
    fail: refusing('Condition'),
  },
  {
    id: 'first-page',
    title: 'One page only',
    meaning:
      'Gives the first two entries of each list, and the next page fails; patient, visit and conditions come whole.',
    fail: onlyFirstPage,
  },
  {
    id: 'error',
    title: 'Error 500',
    meaning: 'Answers every query with an internal error.',
    fail: (_request, response) => {
      sendOutcome(response, 500, 'exception');
    },
  },
  {
    id: 'garbage',
    title: 'Garbage',
    meaning: 'Answers 200 with a page of HTML.',
    fail: (_request, response) => {
      response.type('application/fhir+json').send('<html><body>Please log in</body></html>');
    },
  },
  {
    id: 'slow',
    title: 'Too slow',
    meaning: 'Does not answer within the time budget of the service (5 s).',
    fail: () => undefined,
  },
  {
    id: 'down',
    title: 'Down',
    meaning: 'Ends every connection at once.',
    fail: (request: Request) => {
      request.socket.destroy();
    },
  },
];

/** The FHIR server once more for each fault, at `/<id>`: what a fault lets pass is answered by `working`. */
export function createFaultRouter(working: RequestHandler): Router {
  const router = express.Router();
  for (const { id, fail } of FHIR_FAULTS) router.use(`/${id}`, fail, working);
  return router;
}
