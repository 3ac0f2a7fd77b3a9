/** What was started, or a rejection when it takes longer; its signal is aborted then. A late result is dropped. */
export async function withTimeLimit<T>(start: (signal: AbortSignal) => Promise<T>, milliseconds: number): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new Error('took too long');
      controller.abort(error);
      reject(error);
    }, milliseconds);
  });
  try {
    return await Promise.race([start(controller.signal), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
