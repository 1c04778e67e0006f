import type { Answer } from './client.ts';
import type { Refund, Summary } from '../model.ts';
import { changeRefund, signedOut, type Session } from './session.ts';
import { canChange, refundsOf } from './state.ts';

interface Ways {
  readonly refresh: () => Promise<Answer<Summary>>;
  readonly isNaive: () => boolean;
}

/** Reads the status of a displayed refund. Returns how that went: `answered` also where it is not needed any more. */
export async function readStatus(
  session: Session,
  refund: Refund,
  index: number,
  { refresh, isNaive }: Ways,
): Promise<Answer<unknown>['kind']> {
  if (!canChange(refund)) return 'answered';
  const { adapter } = session.options;
  const { id, standing } = refund;
  const answer = await session.client.read(adapter.statusPath(refund), (body) => adapter.readStatus(body, refund));
  // Another refund may be displayed by now.
  const shown = () => refundsOf(session.state).find((one) => one.id === id);
  let { kind } = answer;
  let said = answer.kind === 'answered' ? answer.value : undefined;
  const mayHaveLedger = !isNaive();
  if (kind === 'signed_out') signedOut(session);
  // Of a refund that was cancelled elsewhere a provider may know nothing.
  else if (!said) await refresh();
  else if (mayHaveLedger && said.standing !== standing) {
    await refresh();
    // Not the page's payment, which may be shown in its place.
    const { last: read } = session.payment;
    // A refund service has taken in what the provider says now, and knows what it has said before. It need not tell everybody.
    const isTold =
      read?.kind === 'answered'
        ? read.value.refunds?.some(({ refund_id }) => refund_id === id)
        : !/^(403|forbidden)$/.test(`${read?.refusal?.code}`);
    if (read && isTold) {
      said = undefined;
      kind = read.kind;
    }
  }
  if (said && shown()?.standing === standing && changeRefund(session, index, said) && !mayHaveLedger) void refresh();
  // An unreadable status says nothing. If another read has settled the refund, it is not needed.
  const now = shown();
  return now && canChange(now) ? kind : 'answered';
}
