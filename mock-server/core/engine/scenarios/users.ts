import type { Route } from '../provider.ts';
import type { Registry } from '../registry.ts';
import { isFor, scenario, type ScenarioName } from './catalogue.ts';

/** The routes whose calls can use a scenario, of the providers that have it. */
export function usersOf(registry: Registry, name: ScenarioName): Route[] {
  const supporters = registry.supporters(name);
  return registry.routes.filter((route) => supporters.includes(route.provider) && isFor(name, route.name));
}

/** The same for a sentence, by provider; a fault is for any call. */
export function usersText(registry: Registry, name: ScenarioName): string {
  const namesOf = (provider: string) =>
    usersOf(registry, name)
      .filter((route) => route.provider === provider)
      .map((route) => route.name)
      .join(', ');
  const isFault = scenario(name).kind === 'fault';
  const providers = new Map<string, string[]>();
  for (const provider of registry.supporters(name)) {
    const routes = isFault ? 'calls' : namesOf(provider);
    providers.set(routes, [...(providers.get(routes) ?? []), provider]);
  }
  return [...providers].map(([routes, own]) => `${routes} of ${own.join(' and ')}`).join(' and ');
}
