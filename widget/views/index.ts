import type { TemplateResult } from 'lit';

import type { State } from '../state.ts';
import { editing } from './editing.ts';
import { loadFailed, loading, notRefundable } from './loading.ts';
import { outcome, outcomeTitle } from './outcome.ts';
import type { View } from './parts.ts';
import { review } from './review.ts';
import { unknown } from './unknown.ts';
import { vendors, vendorsResult } from './vendors.ts';

export function draw(view: View, state: State): TemplateResult {
  switch (state.at) {
    case 'loading':
      return loading(view);
    case 'load_failed':
      return loadFailed(view, state);
    case 'not_refundable':
      return notRefundable(view, state);
    case 'editing':
      return editing(view, state);
    case 'review':
    case 'vendors_review':
      return review(view, state);
    case 'sending':
      return review(view, state.from, true);
    case 'vendors':
      return vendors(view, state);
    case 'vendors_result':
      return vendorsResult(view, state);
    case 'unknown':
      return unknown(view, state);
    case 'pending':
    case 'succeeded':
    case 'failed':
    case 'reversing':
    case 'reversed':
    case 'cancelled':
    case 'unrecognised':
      return outcome(view, state);
    default:
      throw new TypeError(`Unknown state ${JSON.stringify(state satisfies never)}`);
  }
}

/** One sentence for who cannot see the form change. */
export function announce(view: View, state: State): string {
  const { texts, adapter } = view;
  switch (state.at) {
    case 'sending':
      return texts.text('sending', { provider: adapter.name });
    case 'unknown':
      return texts.text(state.checking ? 'checking' : 'unknownTitle');
    case 'vendors_result':
      return texts.text('vendorResults');
    case 'loading':
      return texts.text('loading');
    case 'load_failed':
      return texts.text('loadFailed');
    case 'editing':
      return state.notice ? texts.text('refusedTitle') : '';
    case 'not_refundable':
    case 'review':
    case 'vendors':
    case 'vendors_review':
      return '';
    case 'pending':
    case 'succeeded':
    case 'failed':
    case 'reversing':
    case 'reversed':
    case 'cancelled':
    case 'unrecognised':
      return outcomeTitle(view, state.at);
    default:
      throw new TypeError(`Unknown state ${JSON.stringify(state satisfies never)}`);
  }
}
