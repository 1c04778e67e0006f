import { repeatedMember, withEveryMember } from '../json.ts';
import { policyNotes, type Policies, type PolicyNote } from '../policies.ts';
import { MAX_DEPTH, redact, redactQuery, redactText } from '../redact.ts';
import { toRfc3339 } from '../time.ts';
import { isDeeperThan } from './filter.ts';
import type { NumberedCall } from './record.ts';

/** A call as the control API shows it. */
export interface JournalEntry {
  readonly sequence: number;
  readonly time: string;
  readonly provider: string;
  readonly route: string;
  readonly method: string;
  readonly path: string;
  /** Without the leading `?`; empty for most calls. */
  readonly query: string;
  readonly status: number;
  /** The connected account that the call was for; `null` for the master account and where a provider has none. */
  readonly account: string | null;
  readonly payment_id: string | null;
  readonly refund_id: string | null;
  readonly idempotency_key: string | null;
  readonly replayed: boolean;
  readonly scenario: string | null;
  readonly wire: string | null;
  readonly policies: readonly PolicyNote[];
  readonly request: unknown;
  /**
   * The body as it came, so that it can be sent again: an idempotency key belongs to its bytes. `null` where `request`
   * written as JSON is the same text, and where something is redacted.
   */
  readonly request_text: string | null;
  readonly response: unknown;
}

export function showCall({ record, bodies, sequence }: NumberedCall, policies: Policies): JournalEntry {
  const { request, response } = bodies();
  return {
    sequence,
    time: toRfc3339(record.at),
    provider: record.provider,
    route: record.route,
    method: record.method,
    path: redactText(record.path),
    query: redactQuery(record.query),
    status: record.status,
    account: record.account ?? null,
    payment_id: record.payment ?? null,
    refund_id: record.refund ?? null,
    idempotency_key: record.key ?? null,
    replayed: record.replayed,
    scenario: record.scenario ?? null,
    wire: record.wire ?? null,
    policies: policyNotes(policies, record.policies),
    request: readable(request),
    request_text: ownText(request),
    response: readable(response),
  };
}

function ownText(body: string): string | null {
  if (body === '') return null;
  try {
    const parsed: unknown = JSON.parse(body);
    // What is deeper is not shown either, and would exhaust the stack.
    if (isDeeperThan(parsed, MAX_DEPTH)) return null;
    const compact = JSON.stringify(parsed);
    if (compact === body) return null;
    return redactText(body) === body && isOpen(body, parsed) ? body : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Whether nothing in a body is redacted. Of a member that is there twice, the parsed body holds one only. */
function isOpen(body: string, parsed: unknown): boolean {
  const isRepeated = repeatedMember(body) !== undefined;
  const every: unknown = isRepeated ? JSON.parse(withEveryMember(body)) : parsed;
  // Each object is two levels deep then.
  return JSON.stringify(redact(every, isRepeated ? -MAX_DEPTH : 0)) === JSON.stringify(every);
}

/** A body without secrets and personal data. Of a body that is not JSON only the length is shown. */
function readable(body: string): unknown {
  if (body === '') return null;
  try {
    return redact(JSON.parse(body));
  } catch (error) {
    if (error instanceof SyntaxError) return `[${body.length} characters that are not JSON]`;
    throw error;
  }
}
