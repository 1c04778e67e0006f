import type { SandboxJournalEntry } from '../../client/answers.ts';
import type { SandboxProvider } from '../../client/overview.ts';

export interface CurlCommand {
  readonly text: string;
  /** Variables of the shell that the person has to set, because their values are not the sandbox's own. */
  readonly variables: readonly string[];
  /** Why the copy is not the call itself, where it is not. */
  readonly differs: 'redacted' | 'not_json' | undefined;
}

/** A variable in a value, as `${UPPER_CASE}`. */
const VARIABLE = /\$\{([A-Z][A-Z0-9_]*)\}/g;
const TOKEN = 'TOKEN';
/** What the journal writes in the place of a secret, in the middle of an IBAN, and for what lies too deep to be read. */
const REDACTED = /\[redacted\]|\*{4}|\[deeper\]/;

/** A text that the shell takes as it is. */
export const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** A text in which the shell fills in the variables, and nothing else. */
function filledIn(text: string): string {
  if (text.search(VARIABLE) < 0) return quoted(text);
  const escaped = text.replace(/["`\\]|\$(?!\{[A-Z][A-Z0-9_]*\})/g, String.raw`\$&`);
  return `"${escaped}"`;
}

const header = (name: string, value: string) => `-H ${filledIn(`${name}: ${value}`)}`;
const command = (parts: readonly string[]) => parts.join(' \\\n  ');

/**
 * A command that repeats a call, with the same idempotency key. The journal has no headers, so it signs in as the sandbox
 * expects it.
 * @param origin of the sandbox
 */
export function curlOf(
  entry: SandboxJournalEntry,
  { prefix, root_prefix: rootPrefix, sign_in: signIn }: SandboxProvider,
  origin: string,
): CurlCommand {
  const { method, path, query, request, request_text: sent, idempotency_key: key, account } = entry;
  const namespace = /^\/ns\/[^/]+/.exec(path)?.[0] ?? '';
  const below = [prefix, rootPrefix ?? prefix].map((start) => `${namespace}${start}${signIn?.token?.path ?? ''}`);
  const signsIn = signIn?.token !== undefined && below.includes(path);
  const isText = typeof request === 'string';
  const headers = Object.entries((signsIn ? signIn.token?.headers : signIn?.headers) ?? {});
  if (key !== null && signIn?.key !== undefined) headers.push([signIn.key, key]);
  if (account !== null && signIn?.account !== undefined) headers.push([signIn.account, account]);
  const hasBody = request !== null && !isText;
  if (hasBody) headers.push(['content-type', 'application/json']);
  const call = command([
    // With -X HEAD, curl waits for a body that never comes.
    `curl -s ${method === 'HEAD' ? '-I' : `-X ${method}`} ${quoted(`${origin}${path}${query === '' ? '' : `?${query}`}`)}`,
    ...headers.map(([name, value]) => header(name, value)),
    ...(hasBody ? [`-d ${quoted(sent ?? JSON.stringify(request))}`] : []),
  ]);
  const needsToken = headers.some(([, value]) => value.includes(`\${${TOKEN}}`));
  const first = needsToken && signIn?.token ? `${tokenCommand(signIn.token, origin + namespace + prefix)}\n` : '';
  const text = first + call;
  // A body stands in single quotes: the shell fills nothing in there.
  const filled = [...headers, ...Object.entries(needsToken ? (signIn?.token?.headers ?? {}) : {})];
  const variables = filled
    .flatMap(([, value]) => [...value.matchAll(VARIABLE)].map(([, name = '']) => name))
    .filter((name) => name !== TOKEN);
  const redacted = REDACTED.test(JSON.stringify(request ?? '')) || query.includes('%5Bredacted%5D');
  return {
    text,
    variables: [...new Set(variables)],
    differs: isText ? 'not_json' : redacted ? 'redacted' : undefined,
  };
}

/** Keeps the token of a sign-in in a variable. */
function tokenCommand(
  { path, headers, member }: { path: string; headers: Readonly<Record<string, string>>; member: string },
  base: string,
): string {
  const call = command([
    `curl -s -X POST ${quoted(base + path)}`,
    ...Object.entries(headers).map(([name, value]) => header(name, value)),
  ]);
  return `${TOKEN}=$(${call} | sed 's/.*"${member}":"\\([^"]*\\)".*/\\1/')`;
}
