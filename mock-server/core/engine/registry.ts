import { DataModel } from './data-model.ts';
import { makeMatcher, type Match, type Matcher } from './match.ts';
import type { Policies } from './policies.ts';
import type { CalledRoute, FollowEdit, MoveForEdit, Provider, Route, Timer } from './provider.ts';
import { CREATES, type ScenarioName } from './scenarios/catalogue.ts';
import { supports } from './scenarios/parse.ts';
import { defaultSettings, type Settings, type SettingTable } from './settings.ts';
import type { Call } from './wire.ts';

interface ProviderMatcher {
  readonly provider: Provider;
  readonly match: Matcher<Route>;
}

/** A path of a provider; `below` is the rest behind the prefix. */
export interface Place extends ProviderMatcher {
  readonly below: string;
}

type FoundRoute = Extract<Match<Route>, { kind: 'found' }>;

const METHODS = ['GET', 'POST', 'DELETE'] as const satisfies readonly Route['method'][];

/** The providers of a sandbox, and what they bring along in tables that the engine looks things up in. */
export class Registry {
  readonly providers: readonly Provider[];
  readonly names: readonly string[];
  readonly routes: readonly Route[];
  readonly matchers: readonly ProviderMatcher[];
  readonly data: DataModel;
  readonly timers: Readonly<Record<string, Timer>>;
  readonly followEdit: Readonly<Record<string, FollowEdit>>;
  readonly moveForEdit: Readonly<Record<string, MoveForEdit>>;
  readonly policies: Policies;
  readonly settings: SettingTable;
  readonly defaultSettings: Settings;
  readonly eventTypes: readonly string[];

  /** @throws Error when two providers use the same name for something */
  constructor(providers: readonly Provider[]) {
    this.providers = providers;
    this.names = providers.map(({ name }) => name);
    this.routes = providers.flatMap(({ routes }) => routes);
    this.matchers = providers.map((provider) => ({ provider, match: makeMatcher(provider.routes) }));
    this.data = new DataModel(providers.map(({ rows }) => rows));
    this.timers = merged(providers.map(({ timers }) => timers));
    this.followEdit = merged(providers.map(({ followEdit }) => followEdit));
    this.moveForEdit = merged(providers.map(({ moveForEdit }) => moveForEdit));
    this.policies = merged(providers.map(({ policies }) => policies));
    this.settings = merged(providers.map(({ settings }) => settings));
    this.defaultSettings = defaultSettings(this.settings);
    this.eventTypes = providers.flatMap(({ webhooks }) => webhooks?.eventTypes ?? []);
    refuseTwice('provider', this.names);
    refuseTwice(
      'prefix',
      providers.map(({ prefix }) => prefix),
    );
    refuseTwice('collection', this.data.names);
  }

  find(name: string): Provider | undefined {
    return this.providers.find((provider) => provider.name === name);
  }

  /** Names of the providers that can carry a scenario out. */
  supporters(name: ScenarioName): string[] {
    return this.providers.filter((provider) => supports(provider, name)).map((provider) => provider.name);
  }

  /**
   * The provider whose path this is, at its prefix or at the root. Root prefixes may overlap: the first provider whose
   * routes have the path answers, else the last one with that prefix.
   */
  placeOf(path: string): Place | undefined {
    for (const { provider, match } of this.matchers) {
      const below = path.slice(provider.prefix.length);
      if (path.startsWith(provider.prefix) && (below === '' || below[0] === '/')) return { provider, match, below };
    }
    let last: Place | undefined;
    for (const { provider, match } of this.matchers) {
      const { rootPrefix } = provider;
      if (rootPrefix === undefined || !path.startsWith(`${rootPrefix}/`)) continue;
      last = { provider, match, below: path.slice(rootPrefix.length) };
      if (match('GET', withoutSlash(last.below)).kind !== 'unknown_path') break;
    }
    return last;
  }

  /** The routes that answer a path of a provider, one for each method that it takes. */
  routesAt(path: string): FoundRoute[] {
    const place = this.placeOf(path);
    return METHODS.flatMap((method) => {
      const matched = place?.match(method, withoutSlash(place.below));
      return matched?.kind === 'found' ? [matched] : [];
    });
  }

  /** Whether the calls of a path of a provider count towards a rate limit. */
  isLimited(path: string): boolean {
    return this.routesAt(path).some(({ route }) => route.limit !== undefined);
  }

  /** A path that creates a refund, for error messages. */
  get examplePath(): string {
    const route = this.routes.find(({ name }) => CREATES.includes(name)) ?? this.routes[0];
    return `${this.find(route?.provider ?? '')?.prefix ?? ''}${route?.path ?? ''}`;
  }

  /** Starts of the paths at the root, such as `/api/v2`: the prefix and a version. */
  get rootPaths(): string[] {
    const paths = this.providers.flatMap(({ rootPrefix, routes }) =>
      rootPrefix === undefined ? [] : routes.map(({ path }) => (rootPrefix + path).split('/').slice(0, 3).join('/')),
    );
    return [...new Set(paths)].toSorted();
  }
}

function merged<Value>(tables: readonly (Readonly<Record<string, Value>> | undefined)[]): Record<string, Value> {
  refuseTwice(
    'entry',
    tables.flatMap((table) => Object.keys(table ?? {})),
  );
  return Object.assign({}, ...tables) as Record<string, Value>;
}

function refuseTwice(what: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`the ${what} "${twice}" belongs to two providers: give one another name`);
}

/** Whether calls of this route can have an idempotency key. */
export const takesKey = ({ keyOf, takesKey: takes }: Provider, route: CalledRoute): boolean =>
  keyOf !== undefined && (takes?.(route) ?? true);

/** HEAD is a GET whose body the binding leaves out. */
export const methodOf = ({ method }: Pick<Call, 'method'>): string => (method === 'HEAD' ? 'GET' : method);

/** Several clients end a path with a slash, mostly before a query. */
export const withoutSlash = (path: string): string =>
  path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
