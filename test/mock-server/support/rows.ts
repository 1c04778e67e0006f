import { Store } from '../../../mock-server/core/engine/store.ts';
import { BUILT_IN, type Collections } from '../../../mock-server/core/providers/index.ts';

export { storeOf as upaymentsStore } from '../../../mock-server/core/providers/upayments/model.ts';
export { storeOf as uqpayStore } from '../../../mock-server/core/providers/uqpay/model.ts';

/** The rows of the built-in providers, with their types. */
export const rowsOf = ({ collections }: Store): Collections => collections as unknown as Collections;

/** A new store with new indexes, from a copy of these rows. */
export const indexedAnew = ({ collections }: Store): Store =>
  new Store(BUILT_IN.data, BUILT_IN.data.clone(collections));
