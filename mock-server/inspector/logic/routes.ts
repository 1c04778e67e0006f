import type { SandboxJournalEntry } from '../../client/answers.ts';
import type { SandboxProvider, SandboxRoute } from '../../client/overview.ts';

export interface CloseRoute extends SandboxRoute {
  /** The whole path, with the provider's prefix. */
  readonly whole: string;
}

const MAX_ROUTES = 3;
/** The journal's name for a call that no route answers. */
export const NO_ROUTE = 'unknown';

/** The routes that the caller of an unknown path may have meant, the closest first. */
export function closestRoutes(
  { provider, method, path }: Pick<SandboxJournalEntry, 'provider' | 'method' | 'path'>,
  providers: readonly SandboxProvider[],
): CloseRoute[] {
  const called = segmentsOf(path.replace(/^\/ns\/[^/]+/, ''));
  return providers
    .filter(({ name }) => name === provider)
    .flatMap(({ prefix, routes }) => routes.map((route) => ({ ...route, whole: prefix + route.path })))
    .map((route) => ({
      route,
      distance: distance(called, segmentsOf(route.whole)) + (route.method === method ? 0 : 1),
    }))
    .toSorted((one, other) => one.distance - other.distance)
    .slice(0, MAX_ROUTES)
    .map(({ route }) => route);
}

const segmentsOf = (path: string): string[] => path.split('/').filter((segment) => segment !== '');

/** Segments to add, to leave out or to change; a segment such as `{id}` takes any other. */
function distance(called: readonly string[], route: readonly string[]): number {
  let above = Array.from({ length: route.length + 1 }, (_, index) => index);
  for (const [index, segment] of called.entries()) {
    const row = [index + 1];
    for (const [place, expected] of route.entries()) {
      const same = expected === segment || expected.startsWith('{');
      row.push(Math.min(above[place]! + (same ? 0 : 1), above[place + 1]! + 1, row[place]! + 1));
    }
    above = row;
  }
  return above[route.length]!;
}
