import type { RowModel } from '../../engine/data-model.ts';
import type { State } from '../../engine/provider.ts';
import { UPAYMENTS_SCHEMAS, type UpaymentsCollections } from './rows.ts';
import { upaymentsRulesFault } from './rules.ts';
import { upaymentsSeedFault } from './seed-check.ts';
import { fillUpaymentsRows } from './seed-rows.ts';
import { UpaymentsStore } from './store.ts';

export const UPAYMENTS_ROWS: RowModel<UpaymentsStore> = {
  schemas: UPAYMENTS_SCHEMAS,
  amounts: ['amount', 'total_price', 'total_paid', 'balance'],
  index: (collections) => new UpaymentsStore(collections as unknown as UpaymentsCollections),
  fault: upaymentsRulesFault,
  references: {
    upayments_payments: { order: 'upayments_orders' },
    upayments_vendors: { order: 'upayments_orders' },
    upayments_refunds: { order: 'upayments_orders' },
  },
  fill: fillUpaymentsRows,
  seedFault: upaymentsSeedFault,
};

export const storeOf = ({ store }: Pick<State, 'store'>): UpaymentsStore => store.of(UPAYMENTS_ROWS);
