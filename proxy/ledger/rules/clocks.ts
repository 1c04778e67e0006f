/** How far the provider's clock may differ from ours, and a record's time from its send. */
export const CLOCKS_APART_MS = 120_000;

/** How far the clocks of two instances may differ. */
export const INSTANCES_APART_MS = 5_000;
