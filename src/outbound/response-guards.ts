import { DecoratorHandler, type Dispatcher } from 'undici';

type Handler = Dispatcher.DispatchHandler;

/** Told of each piece of an answer's body, in bytes; false stops the transfer. */
export type Spend = (bytes: number) => boolean;

/** Refuses compressed answers: limits count bytes on the wire, and a small answer can unpack to gigabytes. */
export function refuseCompressed(handler: Handler): Handler {
  const decorated: Handler = new DecoratorHandler(handler);
  const proceed = decorated.onResponseStart?.bind(decorated);
  decorated.onResponseStart = (controller, statusCode, headers, statusMessage) => {
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') controller.abort(new Error('compressed answer refused'));
    else proceed?.(controller, statusCode, headers, statusMessage);
  };
  return decorated;
}

/** What one request tells of itself while it runs. */
export interface Watch {
  readonly spend: Spend;
  /** Told why the request failed, before fetch wraps or shortens it. */
  readonly failed?: (error: Error) => void;
}

/** Ends an answer in the next turn: fetch never settles when its body fails in the turn that brought the headers. */
function stopper(handler: Handler, spend: Spend): void {
  const proceed = handler.onResponseData?.bind(handler);
  const complete = handler.onResponseEnd?.bind(handler);
  const fail = handler.onResponseError?.bind(handler);
  const tooLarge = new Error('answer too large');
  let isStopped = false;
  handler.onResponseData = (controller, chunk) => {
    if (isStopped) return;
    isStopped = !spend(chunk.length);
    if (isStopped)
      setImmediate(() => {
        controller.abort(tooLarge);
      });
    else proceed?.(controller, chunk);
  };
  handler.onResponseEnd = (controller, trailers) => {
    if (isStopped) setImmediate(() => fail?.(controller, tooLarge));
    else complete?.(controller, trailers);
  };
}

function watch(handler: Handler, { spend, failed }: Watch): Handler {
  const decorated: Handler = new DecoratorHandler(handler);
  stopper(decorated, spend);
  const fail = decorated.onResponseError?.bind(decorated);
  decorated.onResponseError = (controller, error) => {
    failed?.(error);
    fail?.(controller, error);
  };
  return decorated;
}

/** A dispatcher for one request, whose answer is stopped when `spend` says so. */
export function watched(dispatcher: Dispatcher, one: Watch): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => dispatch(options, watch(handler, one)));
}
