import { useState } from 'preact/hooks';
import type { Exchange } from './call.js';

/** A longer body is put into a file first: command lines have limits. */
const LONGEST_INLINE = 4000;

function curlOf({ service, requestText }: Exchange): string {
  const url = `${location.origin}/cds-services/${service.id}`;
  const body =
    requestText.length > LONGEST_INLINE
      ? '@request.json'
      : `'${JSON.stringify(JSON.parse(requestText)).replaceAll("'", String.raw`'\''`)}'`;
  return `curl -s ${url} \\\n  -H 'Content-Type: application/json' \\\n  -d ${body}`;
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}

function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [said, setSaid] = useState('');
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => {
        setSaid('copied');
      },
      () => {
        setSaid('this browser does not allow copying');
      },
    );
  };
  return (
    <span class="copy">
      <button type="button" class="small" onClick={copy}>
        Copy {what}
      </button>
      <span role="status">{said}</span>
    </span>
  );
}

function saveRequest(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'request.json';
  link.click();
  URL.revokeObjectURL(url);
}

/** Its text is only laid out when somebody looks: a prefetch may be long. */
function Text({ title, what, text }: { readonly title: string; readonly what: string; readonly text: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      onToggle={({ currentTarget }) => {
        setOpen(currentTarget.open);
      }}
    >
      <summary>{title}</summary>
      {isOpen && (
        <>
          <CopyButton text={text} what={what} />
          <pre tabIndex={0} aria-label={what}>
            {text}
          </pre>
        </>
      )}
    </details>
  );
}

const kilobytes = (text: string) => `${(new TextEncoder().encode(text).length / 1000).toFixed(1)} kB`;

/** The exact call and answer, for those who build the client. */
export function ExchangeView({ exchange }: { readonly exchange: Exchange }) {
  const { service, requestText, responseText, status, milliseconds } = exchange;
  const isLong = requestText.length > LONGEST_INLINE;
  return (
    <section class="panel exchange" aria-labelledby="exchange-heading">
      <h2 id="exchange-heading">The call</h2>
      <p>
        <code>POST /cds-services/{service.id}</code>
      </p>
      <p>
        {status === undefined ? 'No answer' : `HTTP ${String(status)}`} in {milliseconds} ms
      </p>
      <Text title={`Request, ${kilobytes(requestText)}`} what="the request" text={requestText} />
      <Text title={`Response, ${kilobytes(responseText)}`} what="the response" text={indented(responseText)} />
      <Text title="As a curl command" what="the command" text={curlOf(exchange)} />
      {isLong && (
        <button
          type="button"
          class="small"
          onClick={() => {
            saveRequest(requestText);
          }}
        >
          Save request.json
        </button>
      )}
    </section>
  );
}
