import { expect } from '@open-wc/testing';

import type { Intent } from '../../widget/flow/intent-store.ts';
import type { RefundRequest, Refund, Summary } from '../../widget/model.ts';
import { reduce } from '../../widget/flow/reduce.ts';
import { EMPTY_DRAFT, isOpen, type Event, type State } from '../../widget/flow/state.ts';

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
  it('goes from loading to editing, review and sending', () => {
    expect([EDITING.at, REVIEW.at, SENDING.at]).to.deep.equal(['editing', 'review', 'sending']);
  });

  it('offers nothing where nothing can be refunded', () => {
    expect(run([{ type: 'loaded', summary: { ...SUMMARY, refundable: 0n } }]).at).to.equal('not_refundable');
    expect(run([{ type: 'loaded', summary: { ...SUMMARY, notRefundable: 'PENDING' } }]).at).to.equal('not_refundable');
  });

  it('is sent once: a second confirmation finds nothing to confirm', () => {
    expect(reduce(SENDING, { type: 'confirmed' })).to.equal(SENDING);
    expect(reduce(EDITING, { type: 'confirmed' })).to.equal(EDITING);
  });

  it('says what has changed to whoever divides over vendors, since the review before', () => {
    const opened = { orderId: 'P', rows: [], limits: [] };
    const now = { ...SUMMARY, refundable: 90_000n, refunded: 10_000n };
    const later = { ...now, refundable: 80_000n, pending: 10_000n };
    const open: Event = { type: 'opened', opened, order: ORDER };
    // While step one is sent, the figures count it.
    const vendors = run([{ type: 'loaded', summary: later }, open], SENDING);
    expect(vendors).to.deep.include({ at: 'vendors', summary: SUMMARY });
    const events = [now, later].map((summary): Event => ({ type: 'loaded', summary }));
    expect(run(events, vendors)).to.deep.include({ at: 'vendors', before: SUMMARY, summary: later });
  });

  it('cannot be typed into or reviewed anywhere but in the form', () => {
    for (const state of [REVIEW, SENDING, run([{ type: 'lost', intent: INTENT, why: 'lost' }], SENDING)]) {
      expect(reduce(state, { type: 'typed', draft: EMPTY_DRAFT, faults: {} })).to.equal(state);
      expect(reduce(state, { type: 'reviewed', order: ORDER })).to.equal(state);
    }
  });

  it('keeps what was typed when the refund is refused', () => {
    const draft = { ...EMPTY_DRAFT, amount: '12.500', note: 'as agreed' };
    const typed = reduce(EDITING, { type: 'typed', draft, faults: {} });
    const refused = run(
      [{ type: 'reviewed', order: ORDER }, { type: 'confirmed' }, { type: 'refused', notice: REFUSAL }],
      typed,
    );
    expect(refused).to.deep.include({ at: 'editing', draft, notice: REFUSAL });
  });

  it('shows each standing as a state of its own, and one that nobody knows never as failed', () => {
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

  it('never takes a final standing back', () => {
    const done = reduce(SENDING, { type: 'answered', refunds: [refund('succeeded')] });
    expect(reduce(done, { type: 'refund', index: 0, change: { standing: 'pending' } }).at).to.equal('succeeded');
  });

  it('does not turn a lost answer into anything by itself', () => {
    const lost = reduce(SENDING, { type: 'lost', intent: INTENT, why: 'lost' });
    const after = run(
      [
        { type: 'checking' },
        { type: 'evidence', evidence: { time: 2 } },
        { type: 'loaded', summary: SUMMARY },
        { type: 'changed' },
        { type: 'checked', checkedAt: 3 },
        { type: 'load_failed', failure: { why: 'no_answer' } },
      ],
      lost,
    );
    expect(after.at).to.equal('unknown');
  });

  it('keeps parts of several vendors together, whatever becomes of each', () => {
    const parts = [
      refund('pending', { vendor: 'A' }),
      refund('failed', { id: '', vendor: 'B', why: 'insufficientBalance' }),
    ];
    const shown = reduce(SENDING, { type: 'answered', refunds: parts });
    expect(shown.at).to.equal('vendors_result');
    const settled = reduce(shown, { type: 'refund', index: 0, change: { standing: 'succeeded' } });
    expect(settled).to.deep.include({ at: 'vendors_result' });
    expect('refunds' in settled && settled.refunds.map(({ standing }) => standing)).to.deep.equal([
      'succeeded',
      'failed',
    ]);
  });

  it('goes on reading only what may still change', () => {
    expect(isOpen(refund('pending'))).to.equal(true);
    expect(isOpen(refund('unrecognised'))).to.equal(true);
    expect(isOpen(refund('reversed'))).to.equal(false);
    expect(isOpen(refund('unknown', { id: '' }))).to.equal(false);
  });

  it('throws on an event that it does not know', () => {
    expect(() => reduce(EDITING, { type: 'magic' } as unknown as Event)).to.throw(TypeError, 'magic');
  });
});
