import type { Exchange } from './drive.ts';
import { NO_LEDGER, type NoLedger } from './no-ledger.ts';
import type { ProviderCall } from './recorder.ts';

export interface ShownExchange {
  readonly sent: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | null;
  };
  /** `lost`: why there was no answer, or only a part of one. */
  readonly came: {
    readonly status: number | null;
    readonly content_type: string | null;
    readonly body: string;
    readonly lost: string | null;
  };
}

export interface Result {
  readonly id: string;
  readonly title: string;
  /** `ledger`: the proxy does not say that it deduplicates, and only a proxy with a ledger can pass this check. */
  readonly level: 'required' | 'ledger' | 'recommended';
  readonly outcome: 'passed' | 'failed' | 'not_judged';
  readonly why: string;
  readonly mend: string;
  /** Only with `failed`. */
  readonly expected?: string;
  /** Only with `failed`: what happened instead. */
  readonly came?: string;
  readonly exchange?: ShownExchange;
  /** Only with `failed`: the calls that reached the provider, in order. */
  readonly provider_calls?: readonly string[];
  /** Only with `not_judged`. */
  readonly reason?: string;
}

/**
 * `fails`: a required check failed.
 * `incomplete`: no required check failed, but one could not be judged.
 * `no_ledger`: the proxy keeps no keys or no sum, and does not say that it does. `NO_LEDGER` lists the settings that are
 * then needed, and the risks that stay.
 * `passes_required`: only recommended checks failed or could not be judged.
 * `passes`: every check holds.
 */
export type Verdict = 'passes' | 'passes_required' | 'no_ledger' | 'incomplete' | 'fails';

export interface Report {
  readonly version: 1;
  readonly endpoint: string;
  readonly provider: string;
  /** Whether the proxy says that it deduplicates. */
  readonly deduplicates: boolean;
  readonly run: number;
  readonly verdict: Verdict;
  readonly required: Tally;
  readonly ledger: Tally;
  readonly recommended: Tally;
  readonly results: readonly Result[];
  /** Only when most writes were answered with a 5xx of no meaning: what to do before anything else. */
  readonly look_first?: string;
  /** Only with the verdict `no_ledger`. */
  readonly without_ledger?: NoLedger;
  /** What this set-up could not check, and how to check it. */
  readonly notes: readonly string[];
}

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly not_judged: number;
}

const MAX_TEXT = 600;
const MAX_CALLS = 8;

export function showExchange({ sent, answer }: Exchange): ShownExchange {
  const { method, path, headers, body } = sent;
  const { status, lost, text } = answer;
  return {
    sent: { method, path, headers, body: body === undefined ? null : cut(body) },
    came: {
      status: lost === undefined ? status : null,
      content_type: answer.headers['content-type'] ?? null,
      body: cut(text),
      lost: lost ?? null,
    },
  };
}

export function showCalls(calls: readonly ProviderCall[]): string[] {
  const lines = calls
    .slice(-MAX_CALLS)
    .map(({ method, path, answer }) => `${method} ${cut(path)} -> ${answer ? answer.status : 'no answer'}`);
  return calls.length > MAX_CALLS ? [`(${calls.length - MAX_CALLS} calls before)`, ...lines] : lines;
}

/** What the provider said in the last of these calls that it refused, as a sentence. Empty when it refused none. */
export function providersWords(calls: readonly ProviderCall[], secrets: readonly string[]): string {
  const text = calls.findLast(({ answer }) => answer !== undefined && answer.status >= 400)?.answer?.text.trim();
  return text ? `The provider said: ${mask(cut(text), secrets)}` : '';
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text;
}

export function tally(results: readonly Result[], level: Result['level']): Tally {
  const count = (outcome: Result['outcome']) =>
    results.filter((result) => result.level === level && result.outcome === outcome).length;
  return { passed: count('passed'), failed: count('failed'), not_judged: count('not_judged') };
}

export function verdictOf(results: readonly Result[]): Verdict {
  const required = tally(results, 'required');
  if (required.failed > 0) return 'fails';
  if (required.not_judged > 0 || results.length === 0) return 'incomplete';
  const ledger = tally(results, 'ledger');
  if (ledger.failed > 0) return 'no_ledger';
  if (ledger.not_judged > 0) return 'incomplete';
  return results.every(({ outcome }) => outcome === 'passed') ? 'passes' : 'passes_required';
}

/** The value, with each secret in its strings replaced by `[secret]`. */
export function mask<Value>(value: Value, secrets: readonly string[]): Value {
  if (typeof value === 'string') {
    return secrets.reduce<string>((text, secret) => text.replaceAll(secret, '[secret]'), value) as Value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => mask(item, secrets)) as Value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mask(member, secrets)])) as Value;
}

const WORDS: Readonly<Record<Verdict, string>> = {
  passes: 'passes: every check holds',
  passes_required: 'passes: every required check holds, some recommended ones do not or could not be judged',
  no_ledger: 'WITHOUT A LEDGER: its answers are true, but it keeps neither keys nor the sum. Read what follows',
  incomplete: 'not decided: some required checks could not be judged',
  fails: 'FAILS: money or secrets are at risk, or an answer is not true',
};

const MARKS = { passed: 'ok  ', failed: 'FAIL', not_judged: '?   ' } as const;

/** The line that is printed after each check. */
export function formatLine({ id, title, level, outcome }: Result): string {
  return `${MARKS[outcome]} ${id.padEnd(22)} ${title}${level === 'required' ? '' : ` (${level})`}`;
}

/** The checks that did not pass, with what a person needs to mend them, and the verdict. */
export function formatReport(report: Report): string {
  const {
    endpoint,
    provider,
    deduplicates,
    verdict,
    required,
    ledger,
    recommended,
    results,
    notes,
    look_first: first,
  } = report;
  const lines: string[] = [];
  for (const result of results.filter(({ outcome }) => outcome !== 'passed')) lines.push('', ...formatResult(result));
  const of = ({ passed, failed, not_judged }: Tally) =>
    `${passed} of ${passed + failed + not_judged} hold${not_judged > 0 ? `, ${not_judged} not judged` : ''}`;
  return [
    ...(first === undefined ? [] : ['', first]),
    ...lines,
    '',
    `${endpoint}, a proxy for ${provider}${deduplicates ? ' that says it deduplicates' : ''}`,
    `required: ${of(required)}; ${hasAny(ledger) ? `of a ledger: ${of(ledger)}; ` : ''}recommended: ${of(recommended)}`,
    WORDS[verdict],
    ...(verdict === 'no_ledger' ? formatNoLedger() : []),
    ...notes.map((note) => `note: ${note}`),
    '',
  ].join('\n');
}

const hasAny = ({ passed, failed, not_judged }: Tally): boolean => passed + failed + not_judged > 0;

function formatNoLedger(): string[] {
  const item = (text: string) => `  - ${text}`;
  return [
    'It can be used with <refund-form> only while all of this is so:',
    ...NO_LEDGER.settings.map(item),
    'What can still happen then:',
    ...NO_LEDGER.risks.map(item),
  ];
}

function formatResult(result: Result): string[] {
  const { id, title, level, outcome, why, mend, expected, came, exchange, provider_calls: calls = [], reason } = result;
  const lines = [`${MARKS[outcome].trim()} ${id} (${level}): ${title}`];
  if (reason !== undefined) lines.push(`  not judged  ${reason}`);
  if (exchange) {
    const { method, path, headers, body } = exchange.sent;
    const headerLines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    lines.push(`  sent        ${method} ${path}`, ...headerLines.map((text) => `              ${text}`));
    if (body !== null) lines.push(`              ${body}`);
    const { status, content_type: type, body: text, lost } = exchange.came;
    lines.push(`  came        ${lost ?? `${status}${type === null ? '' : ` ${type}`}`}`);
    if (text !== '') lines.push(`              ${text}`);
  }
  for (const [index, call] of calls.entries()) lines.push(`  ${index === 0 ? 'provider   ' : '           '} ${call}`);
  if (expected !== undefined) lines.push(`  expected    ${expected}`, `  but         ${came}`);
  if (outcome === 'failed') lines.push(`  why         ${why}`, `  mend        ${mend}`);
  return lines;
}
