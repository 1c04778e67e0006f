import { expect } from '@open-wc/testing';

import type { Intent } from '../../widget/flow/stored.ts';
import type { RefundRequest, Refund, Summary } from '../../widget/model.ts';
import { reduce } from '../../widget/flow/reduce.ts';
import { EMPTY_DRAFT, isOpen, toSettle, type Event, type State } from '../../widget/flow/state.ts';

const SUMMARY: Summary = { currency: 'KWD', captured: 100_000n, refunded: 0n, pending: 0n, refundable: 100_000n };
const ORDER: RefundRequest = { paymentId: 'P', amount: 12_500n, currency: 'KWD', reason: 'Returned goods' };
const INTENT: Intent = { key: 'K', sentAt: 1 };
const refund = (standing: Refund['standing'], more: Partial<Refund> = {}): Refund => ({
  id: 'R',
  amount: '12.500',
  currency: 'KWD',
  standing,
  ...more,
});
const run = (events: readonly Event[], from: State = { at: 'loading', draft: EMPTY_DRAFT }) =>
  events.reduce(reduce, from);
const EDITING = run([{ type: 'loaded', summary: SUMMARY }]);
const REVIEW = reduce(EDITING, { type: 'reviewed', order: ORDER });
const SENDING = reduce(REVIEW, { type: 'confirmed' });
const REFUSAL = { code: 'x', words: 'no', proxy: false };

describe('the states of the form', () => {
  it('go from loading to editing, review and sending', () => {
    expect([EDITING.at, REVIEW.at, SENDING.at]).to.deep.equal(['editing', 'review', 'sending']);
  });

  it('include not_refundable for a payment with nothing to refund', () => {
    expect(run([{ type: 'loaded', summary: { ...SUMMARY, refundable: 0n } }]).at).to.equal('not_refundable');
    expect(run([{ type: 'loaded', summary: { ...SUMMARY, notRefundable: 'PENDING' } }]).at).to.equal('not_refundable');
  });

  it('offer the word on a refund whose cancel was carried out, and not on that cancel', () => {
    const unknown = { intent_id: 'i2', standing: 'unknown', refund_id: 'R', create_time: null };
    const cancel = { ...unknown, idempotency_key: 'K2' };
    const summary = (state: string) => ({
      ...SUMMARY,
      permission: { user: 'amal', resolve: true },
      cancels: [{ ...cancel, state }],
    });
    expect(toSettle(summary('unknown'))?.idempotency_key).to.equal('K2');
    expect(toSettle(summary('succeeded'))).to.equal(undefined);
  });

  it('keep the approved first step of the draft while the request of somebody else is decided', () => {
    const draft = { ...EMPTY_DRAFT, amount: '12.5', opening: { key: 'K' }, divided: { r0: '12.5' } };
    const editing = reduce(EDITING, { type: 'typed', draft, faults: {} });
    const request = { idempotency_key: 'K2', amount: '1.000', status: '', standing: 'awaiting_approval' };
    const approving = reduce(editing, { type: 'approving', order: ORDER, request });
    const lost: Event = { type: 'lost', intent: { key: 'K2', sentAt: 0, approves: 'i2' }, why: 'lost' };
    const declined: Event = { type: 'refused', notice: { code: 'declined', words: '', proxy: true } };
    expect(run([lost, declined], approving)).to.deep.include({ at: 'editing', draft });
  });

  it('ignore a second confirmation, so that the refund is sent once', () => {
    expect(reduce(SENDING, { type: 'confirmed' })).to.equal(SENDING);
    expect(reduce(EDITING, { type: 'confirmed' })).to.equal(EDITING);
  });

  it('show what has changed since the review while the admin divides the amount over vendors', () => {
    const opened = { orderId: 'P', rows: [], limits: [] };
    const changedSummary = { ...SUMMARY, refundable: 90_000n, refunded: 10_000n };
    const laterSummary = { ...changedSummary, refundable: 80_000n, pending: 10_000n };
    const openedEvent: Event = {
      type: 'opened',
      opened,
      order: ORDER,
      draft: { ...EMPTY_DRAFT, opening: { key: 'K' } },
    };
    // The figures already include the refund while step one is being sent.
    const vendors = run([{ type: 'loaded', summary: laterSummary }, openedEvent], SENDING);
    expect(vendors).to.deep.include({ at: 'vendors', summary: SUMMARY });
    const events = [changedSummary, laterSummary].map((summary): Event => ({ type: 'loaded', summary }));
    expect(run(events, vendors)).to.deep.include({ at: 'vendors', before: SUMMARY, summary: laterSummary });
  });

  it('accept typing and a review only while editing', () => {
    for (const state of [REVIEW, SENDING, run([{ type: 'lost', intent: INTENT, why: 'lost' }], SENDING)]) {
      expect(reduce(state, { type: 'typed', draft: EMPTY_DRAFT, faults: {} })).to.equal(state);
      expect(reduce(state, { type: 'reviewed', order: ORDER })).to.equal(state);
    }
  });

  it('keep the draft when the refund is refused', () => {
    const draft = { ...EMPTY_DRAFT, amount: '12.500', note: 'as agreed' };
    const editedState = reduce(EDITING, { type: 'typed', draft, faults: {} });
    const refusedState = run(
      [{ type: 'reviewed', order: ORDER }, { type: 'confirmed' }, { type: 'refused', notice: REFUSAL }],
      editedState,
    );
    expect(refusedState).to.deep.include({ at: 'editing', draft, notice: REFUSAL });
  });

  it('include one for each standing, and an unrecognised standing is never failed', () => {
    for (const standing of [
      'pending',
      'succeeded',
      'failed',
      'reversing',
      'reversed',
      'cancelled',
      'unrecognised',
    ] as const) {
      expect(reduce(SENDING, { type: 'answered', refunds: [refund(standing)] }).at).to.equal(standing);
    }
  });

  it('never go back from a final standing to a pending one', () => {
    const succeeded = reduce(SENDING, { type: 'answered', refunds: [refund('succeeded')] });
    expect(reduce(succeeded, { type: 'refund', index: 0, change: { standing: 'pending' } }).at).to.equal('succeeded');
  });

  it('stay unknown after a lost answer until evidence settles it', () => {
    const lostState = reduce(SENDING, { type: 'lost', intent: INTENT, why: 'lost' });
    const laterState = run(
      [
        { type: 'checking' },
        { type: 'evidence', evidence: { time: 2 } },
        { type: 'loaded', summary: SUMMARY },
        { type: 'back' },
        { type: 'checked', checkedAt: 3 },
        { type: 'load_failed', failure: { why: 'no_answer' } },
      ],
      lostState,
    );
    expect(laterState.at).to.equal('unknown');
  });

  it('keep the parts of several vendors together, whatever the result of each', () => {
    const parts = [
      refund('pending', { vendor: 'A' }),
      refund('failed', { id: '', vendor: 'B', why: 'insufficientBalance' }),
    ];
    const result = reduce(SENDING, { type: 'answered', refunds: parts });
    expect(result.at).to.equal('vendors_result');
    const nextResult = reduce(result, { type: 'refund', index: 0, change: { standing: 'succeeded' } });
    expect(nextResult).to.deep.include({ at: 'vendors_result' });
    expect('refunds' in nextResult && nextResult.refunds.map(({ standing }) => standing)).to.deep.equal([
      'succeeded',
      'failed',
    ]);
  });

  it('are read again only for a refund that may still change', () => {
    expect(isOpen(refund('pending'))).to.equal(true);
    expect(isOpen(refund('unrecognised'))).to.equal(true);
    expect(isOpen(refund('reversed'))).to.equal(false);
    expect(isOpen(refund('unknown', { id: '' }))).to.equal(false);
  });

  it('reject an unknown event with a TypeError', () => {
    expect(() => reduce(EDITING, { type: 'magic' } as unknown as Event)).to.throw(TypeError, 'magic');
  });
});
