/** The views, in the order of the navigation. */
export const VIEWS = ['calls', 'payments', 'scenarios', 'webhooks', 'data'] as const;
export type ViewName = (typeof VIEWS)[number];

/** The view that an address names, and what it is to look for: `#calls?RF123`. */
export function readHash(hash: string): { readonly view: ViewName; readonly text: string } {
  const [name = '', text = ''] = hash.replace(/^#/, '').split(/\?(.*)/s);
  return { view: VIEWS.find((view) => view === name) ?? 'calls', text: decoded(text) };
}

export const writeHash = (view: ViewName, text = ''): string =>
  text === '' ? `#${view}` : `#${view}?${encodeURIComponent(text)}`;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

/** The namespace of a page's path; empty for the default one. */
export const namespaceOf = (pathname: string): string => /^\/ns\/([^/]+)\//.exec(pathname)?.[1] ?? '';

/** The page's path for a namespace. */
export const pageOf = (namespace: string): string => (namespace === '' ? '/_sandbox/' : `/ns/${namespace}/_sandbox/`);
