import type { RowModel } from '../../engine/data-model.ts';
import type { State } from '../../engine/provider.ts';
import { UQPAY_SCHEMAS, type UqpayCollections } from './rows.ts';
import { uqpayRulesFault } from './rules.ts';
import { uqpaySeedFault } from './seed-check.ts';
import { fillUqpayRows } from './seed-rows.ts';
import { UqpayStore } from './store.ts';

export const UQPAY_ROWS: RowModel<UqpayStore> = {
  schemas: UQPAY_SCHEMAS,
  amounts: [
    'amount',
    'captured_amount',
    'refunded_amount',
    'available_balance',
    'pending_balance',
    'reserved_balance',
    'margin_balance',
    'frozen_balance',
  ],
  index: (collections) => new UqpayStore(collections as unknown as UqpayCollections),
  fault: uqpayRulesFault,
  references: {
    uqpay_attempts: { payment_intent: 'uqpay_intents' },
    uqpay_refunds: { payment_intent: 'uqpay_intents' },
    uqpay_disputes: { payment_intent: 'uqpay_intents' },
  },
  fill: fillUqpayRows,
  seedFault: uqpaySeedFault,
};

export const storeOf = ({ store }: Pick<State, 'store'>): UqpayStore => store.of(UQPAY_ROWS);
