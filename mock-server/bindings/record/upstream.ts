import type { Provider } from '../../core/engine/provider.ts';

/** An `--upstream` that cannot be used, as a sentence. */
export class UpstreamError extends Error {
  override name = 'UpstreamError' as const;
}

/** Where the calls of each provider are passed on to, without a slash at its end. */
export type Upstreams = ReadonlyMap<Provider, URL>;

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * Reads `<provider>=https://api.example/api`, once for each provider.
 * @throws UpstreamError
 */
export function parseUpstreams(texts: readonly string[], providers: readonly Provider[]): Upstreams {
  const upstreams = new Map<Provider, URL>();
  const names = providers.filter(({ recording }) => recording).map(({ name }) => name);
  for (const text of texts) {
    const [name = '', ...rest] = text.split('=');
    const provider = providers.find((each) => each.name === name && each.recording);
    if (!provider) {
      const expected = names.map((known) => `${known}=<address>`).join(' or ');
      throw new UpstreamError(`--upstream: expected ${expected}, received ${text}`);
    }
    if (upstreams.has(provider)) throw new UpstreamError(`--upstream: ${name} is there twice`);
    upstreams.set(provider, addressOf(name, rest.join('=')));
  }
  return upstreams;
}

function addressOf(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const fault = (expected: string) => new UpstreamError(`--upstream: ${name}: expected ${expected}`);
  if (!url || !/^https?:$/.test(url.protocol)) throw fault('an address that begins with https://');
  if (url.username !== '' || url.password !== '') throw fault('an address without a user name and password');
  if (url.search !== '' || url.hash !== '') throw fault('an address without a query');
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    throw fault('https://: the credentials of each call go there. Only this machine may be called with http://');
  }
  url.pathname = url.pathname.replace(/\/$/, '');
  return url;
}
