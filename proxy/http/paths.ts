import { ProblemError } from './problem.ts';
import type { Route } from '../providers/provider.ts';

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
  /** The provider's path with every parameter encoded again. It is sent, and it is part of the fingerprint. */
  readonly path: string;
}

/**
 * Returns the allowlisted route for this path below the mount.
 * @throws ProblemError that says what is wrong.
 */
export function matchRoute(routes: readonly Route[], method: string, below: string): Match {
  const atPath = routes.flatMap((route) => {
    const raw = matchPath(route.path, below);
    if (!raw) return [];
    const params = Object.fromEntries(Object.entries(raw).map(([name, segment]) => [name, readSegment(segment)]));
    return [{ route, params, path: fill(route.path, params) }];
  });
  if (atPath.length === 0) throw new ProblemError('path_not_allowed');
  const match = atPath.find(({ route }) => route.method === method);
  if (!match) {
    const methods = atPath.map(({ route }) => route.method).join(', ');
    throw new ProblemError('method_not_allowed', { detail: `Expected ${methods}` });
  }
  return match;
}

/** The segments that the pattern names (`/intents/:intent`), as they came; `undefined` when the path is another one. */
export function matchPath(pattern: string, below: string): Readonly<Record<string, string>> | undefined {
  const parts = pattern.split('/');
  const segments = below.split('/');
  if (parts.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const segment = segments[index]!;
    if (part.startsWith(':')) params[part.slice(1)] = segment;
    else if (part !== segment) return undefined;
  }
  return params;
}

/** One decoded path parameter. Refuses anything that could mean another path to the provider. */
export function readSegment(segment: string): string {
  return checkId(decode(segment));
}

/** The same for an id that was decoded before, such as one in a query. */
export function checkId(text: string | undefined): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (text === undefined || text === '' || text.length > 255 || /^\.{1,2}$|[/\\?#\u0000-\u001f\u007f]/.test(text)) {
    throw new ProblemError('path_not_allowed', { detail: 'An id is empty, too long or not an id' });
  }
  return text;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function fill(pattern: string, params: Readonly<Record<string, string>>): string {
  return pattern.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
}
