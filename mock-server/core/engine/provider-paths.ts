import type { Route } from './context.ts';
import { makeMatcher } from './match.ts';
import { PROVIDER, ROUTES } from '../providers/uqpay/routes.ts';
import type { Call } from './wire.ts';

export const MATCHERS = Object.values(PROVIDER).map((provider) => ({
  provider,
  match: makeMatcher(ROUTES.filter((route) => route.provider === provider.name)),
}));

/** HEAD is GET whose body the binding leaves out. */
export const methodOf = ({ method }: Pick<Call, 'method'>): string => (method === 'HEAD' ? 'GET' : method);

/** Several clients end a path with a slash, before a query above all. */
export const withoutSlash = (path: string): string =>
  path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;

/** The one that answers a path of a provider, for whoever asks what a path is. */
export function routeOf(method: string, path: string): Route | undefined {
  for (const { provider, match } of MATCHERS) {
    for (const prefix of [provider.prefix, provider.rootPrefix]) {
      if (!path.startsWith(`${prefix}/`)) continue;
      const matched = match(method, withoutSlash(path.slice(prefix.length)));
      if (matched.kind === 'found') return matched.route;
    }
  }
  return undefined;
}
