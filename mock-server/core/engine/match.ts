interface Matchable {
  readonly method: string;
  readonly path: string;
}

export type Match<Route> =
  | { readonly kind: 'found'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  /** The path is there, with other methods. */
  | { readonly kind: 'wrong_method'; readonly allowed: readonly string[] }
  | { readonly kind: 'unknown_path' };

export type Matcher<Route> = (method: string, path: string) => Match<Route>;

interface Pattern<Route> {
  readonly route: Route;
  readonly segments: readonly string[];
}

const NO_PARAMS = {};

/** Paths without parameters by one look-up, the few with parameters by comparing segments. */
export function makeMatcher<Route extends Matchable>(routes: readonly Route[]): Matcher<Route> {
  const fixed = new Map<string, Match<Route>>();
  const patterns: Pattern<Route>[] = [];
  for (const route of routes) {
    if (route.path.includes('{')) patterns.push({ route, segments: route.path.split('/') });
    else fixed.set(`${route.method} ${route.path}`, { kind: 'found', route, params: NO_PARAMS });
  }
  return (method, path) => fixed.get(`${method} ${path}`) ?? matchPatterns(routes, patterns, method, path);
}

function matchPatterns<Route extends Matchable>(
  routes: readonly Route[],
  patterns: readonly Pattern<Route>[],
  method: string,
  path: string,
): Match<Route> {
  const pathSegments = path.split('/');
  for (const { route, segments } of patterns) {
    if (route.method !== method) continue;
    const params = matchSegments(segments, pathSegments);
    if (params) return { kind: 'found', route, params };
  }
  const allowed = [
    ...routes.filter((route) => route.path === path),
    ...patterns.filter(({ segments }) => matchSegments(segments, pathSegments)).map(({ route }) => route),
  ].map((route) => route.method);
  return allowed.length > 0 ? { kind: 'wrong_method', allowed } : { kind: 'unknown_path' };
}

function matchSegments(
  segments: readonly string[],
  pathSegments: readonly string[],
): Record<string, string> | undefined {
  if (segments.length !== pathSegments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const text = pathSegments[index]!;
    if (!segment.startsWith('{')) {
      if (segment !== text) return undefined;
      continue;
    }
    const value = decode(text);
    if (value === undefined || value === '') return undefined;
    params[segment.slice(1, -1)] = value;
  }
  return params;
}

function decode(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
