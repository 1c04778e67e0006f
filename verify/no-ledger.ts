/** What applies to a proxy that keeps neither keys nor the sum, and does not say that it does. */
export interface NoLedger {
  /** Settings that the form, its page and the network then need. All of them. */
  readonly settings: readonly string[];
  /** What can still happen with all these settings. */
  readonly risks: readonly string[];
}

export const NO_LEDGER: NoLedger = {
  settings: [
    'GET / below the endpoint stays 404, or says "deduplicates": false. After a lost answer the form then repeats a request only if the provider itself recognises it. Otherwise it only reads.',
    'The page sets the property payment of <refund-form> from your own orders: captured, refunded, pending and refundable. The proxy itself knows no sum.',
    'Nothing between the form and the provider changes a key: a browser, a load balancer or an HTTP client may send a POST again, and only its key makes it the same refund.',
    'Only one person at a time refunds a payment, in one browser: the form keeps its key and its lock only in that browser.',
  ],
  risks: [
    'A request that arrives again later than the provider keeps its key is another refund.',
    'Two people, or one person in two browsers, can refund the same item twice while both refunds fit into the captured amount.',
    'Only the provider counts refunds that are pending or whose answer was lost, and not every provider does.',
    'After each lost answer a person has to look up the outcome at the provider.',
  ],
};
