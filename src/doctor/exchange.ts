import { isObject } from '../fhir/json.js';

/** What is sent; GET without body when nothing is said. */
export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer, whatever its status. Redirects are answers: they are not followed. */
export interface Reply {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** The parsed body; undefined when it is no JSON. */
  readonly json: unknown;
  /** Whether the body begins like a page of HTML. */
  readonly isHtml: boolean;
  readonly milliseconds: number;
}

/** There was no answer: why, in words that hold no URL. */
export interface Unreached {
  readonly unreached: string;
}

/** Sends one request. Never throws. */
export type Exchange = (url: string, asked?: Asked) => Promise<Reply | Unreached>;

export interface ExchangeOptions {
  readonly timeoutMs: number;
  /** Any clock that runs in milliseconds. */
  readonly now: () => number;
}

const LARGEST_BYTES = 50_000_000;
const TOO_LARGE = 'answer is larger than 50 MB';

const CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'no connection could be made in time',
};

function reasonOf(error: unknown, { timeoutMs }: ExchangeOptions): string {
  if (isObject(error) && error['name'] === 'TimeoutError') return `no answer within ${String(timeoutMs)} ms`;
  if (isObject(error) && error['message'] === TOO_LARGE) return `its ${TOO_LARGE}`;
  const cause = isObject(error) ? error['cause'] : undefined;
  const code = isObject(cause) && typeof cause['code'] === 'string' ? cause['code'] : '';
  const isCertificate = /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO|ERR_SSL|ERR_TLS/.test(code);
  if (isCertificate) return `its TLS certificate or protocol is not accepted (${code})`;
  return CODES[code] ?? 'it could not be reached';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function textOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > LARGEST_BYTES) throw new Error(TOO_LARGE);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Asks as an EHR would, but stands by what comes: no redirect is followed and every answer is looked at. */
export function createExchange(options: ExchangeOptions): Exchange {
  return async (url, { method = 'GET', headers = {}, body } = {}) => {
    const started = options.now();
    try {
      const signal = AbortSignal.timeout(options.timeoutMs);
      const sent = { method, headers, redirect: 'manual' as const, signal };
      const response = await fetch(url, body === undefined ? sent : { ...sent, body });
      const text = await textOf(response);
      return {
        status: response.status,
        header: (name) => response.headers.get(name) ?? undefined,
        json: parse(text),
        isHtml: /^\s*<(?:!doctype|html)/i.test(text),
        milliseconds: options.now() - started,
      };
    } catch (error) {
      return { unreached: reasonOf(error, options) };
    }
  };
}

/** Whether an answer came at all. */
export function isReply(answer: Reply | Unreached): answer is Reply {
  return 'status' in answer;
}

export function isRedirect({ status }: Reply): boolean {
  return status >= 300 && status < 400;
}

/** What an answer is when it is not the JSON that was asked for. */
export function kindOf({ isHtml, json }: Reply): string {
  if (isHtml) return 'an HTML page';
  return json === undefined ? 'something that is no JSON' : 'JSON';
}
