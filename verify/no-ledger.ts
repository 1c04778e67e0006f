/** What applies to a proxy that keeps neither keys nor the sum, and does not say that it does. */
export interface NoLedger {
  /** Settings that the form, its page and the network then need. All of them. */
  readonly settings: readonly string[];
  /** What can still happen with all these settings. */
  readonly risks: readonly string[];
}

export const NO_LEDGER: NoLedger = {
  settings: [
    'GET / below the endpoint stays 404, or says "deduplicates": false. The form then repeats after a lost answer only what the provider itself recognises, and otherwise only reads.',
    'The page sets the property payment of <refund-form> from your own orders: captured, refunded, pending and refundable. The proxy has no sum that it could tell.',
    'Nothing on the way repeats a POST: switch the retries of balancers, gateways and HTTP clients off.',
    'One person at a time refunds a payment, in one browser: the form keeps its key and its lock in that browser alone.',
  ],
  risks: [
    'Where the provider takes no keys, a request that arrives twice is two refunds.',
    'Two people, or two browsers, refund the same item twice as long as both refunds fit into what was captured.',
    'Refunds that are pending or lost are counted by nobody but the provider, and not every provider counts them.',
    'After a lost answer a person has to find out at the provider, each time.',
  ],
};
