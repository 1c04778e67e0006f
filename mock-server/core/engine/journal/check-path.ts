import type { Provider, Route } from '../provider.ts';
import type { SandboxState } from '../state.ts';
import { quote } from '../validation.ts';
import type { JournalFilter } from './filter.ts';

/**
 * Why no call of these routes can go to the path of a filter, as a sentence.
 * @param named the routes that the filter names; none when it names no known one
 */
export function pathFault(
  state: SandboxState,
  { path: given, provider }: JournalFilter,
  named: readonly Route[],
): string | undefined {
  if (given === undefined) return undefined;
  const path = String(given);
  const own = state.prefix !== '' && path.startsWith(`${state.prefix}/`);
  if (path.startsWith('/ns/') && !own) {
    const example = state.prefix + state.registry.examplePath;
    return `path: ${quote(path)} is of another namespace: expected a path of this one, such as ${example}`;
  }
  const below = state.pathOf(path);
  return (
    unknownPath(state, path, below) ??
    otherProvider(state.registry.placeOf(below)?.provider, path, provider) ??
    otherRoute(
      state.registry.routesAt(below).map(({ route }) => route),
      path,
      named,
    )
  );
}

/** A path has to be one of a provider, with ids that are there, or one that was called. */
function unknownPath(state: SandboxState, path: string, below: string): string | undefined {
  for (const { isAt } of state.journal.calls()) if (isAt(path)) return undefined;
  const { registry } = state;
  const found = /[?#]/.test(path) ? [] : registry.routesAt(below);
  if (found.length === 0) {
    return (
      `path: ${quote(path)} is no path of a provider and none that was called: expected one such as ` +
      `${state.prefix}${registry.examplePath}, without a query`
    );
  }
  const provider = registry.placeOf(below)?.provider;
  const missing = found.map(({ params }) => idsOf(params).find((id) => provider && !isThere(state, provider, id)));
  const [id] = missing;
  if (id === undefined || missing.includes(undefined)) return undefined;
  return `path: ${quote(id)} in ${quote(path)} is not there and no recorded call named it: expected the id of a row`;
}

/** The parameters of a path that are ids; a currency is none. */
const idsOf = (params: Readonly<Record<string, string>>): string[] =>
  Object.entries(params).flatMap(([name, value]) => (/(?:^|_)id$/.test(name) ? [value] : []));

/** Whether a row of the provider has this text: its own id, or another one that a path can name. */
function isThere(state: SandboxState, provider: Provider, id: string): boolean {
  if (provider.payments(state).has(id) || provider.refunds(state).has(id)) return true;
  const rows = Object.keys(provider.rows.schemas).flatMap((name) => state.store.collections[name] ?? []);
  return rows.some((row) => Object.values(row).includes(id));
}

function otherProvider(
  owner: Provider | undefined,
  path: string,
  provider: JournalFilter['provider'],
): string | undefined {
  if (provider === undefined || owner === undefined || owner.name === provider) return undefined;
  return `path: ${quote(path)} is a path of ${owner.name}, and this filter is for ${provider}`;
}

function otherRoute(routes: readonly Route[], path: string, named: readonly Route[]): string | undefined {
  if (named.length === 0 || routes.some((route) => named.includes(route))) return undefined;
  const names = routes.map(({ name }) => name).join(' and ') || 'no route';
  return `path: ${quote(path)} is the path of ${names}, and this filter is for ${named[0]?.name}`;
}
