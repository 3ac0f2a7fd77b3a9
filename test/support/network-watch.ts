import nock from 'nock';

// Importing nock replaces fetch and node:http at once; until a test watches, they stay what they are.
nock.restore();

/**
 * Runs something and tells which hosts it sent requests to, other than those of the given URLs. Such requests are
 * stopped, whatever client sends them.
 */
export async function hostsCalled(
  allowedUrls: readonly string[],
  run: () => Promise<void>,
): Promise<readonly string[]> {
  const hosts = allowedUrls.map((url) => new URL(url).host);
  const called = new Set<string>();
  const note = ({ host }: { readonly host?: string }) => {
    if (!hosts.includes(String(host))) called.add(String(host));
  };
  nock.activate();
  nock.disableNetConnect();
  nock.enableNetConnect((host) => hosts.includes(host));
  nock.emitter.on('no match', note);
  try {
    await run();
  } finally {
    nock.emitter.off('no match', note);
    nock.enableNetConnect();
    nock.restore();
  }
  return [...called];
}
