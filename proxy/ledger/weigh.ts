import type { PaymentFacts, VendorFacts } from './admission.ts';
import type { Intent, Scope } from './entities.ts';
import type { LedgerTransaction } from './store.ts';

type Subject = Pick<Intent, 'kind' | 'paymentId' | 'target'> & Scope;

/** What the ledger holds of the payment now. Read under the payment's lock. */
export async function paymentFacts(tx: LedgerTransaction, subject: Subject): Promise<PaymentFacts> {
  const { kind, paymentId, target } = subject;
  return {
    held: await tx.held(subject, paymentId),
    opened: kind === 'vendor_refund' ? await vendorFacts(tx, subject) : [],
    openCancels: target === undefined ? [] : await tx.openCancels(target),
  };
}

async function vendorFacts(tx: LedgerTransaction, subject: Subject): Promise<VendorFacts[]> {
  const { paymentId } = subject;
  const facts: VendorFacts[] = [];
  for (const { vendor, remaining, after } of await tx.openedVendors(subject, paymentId)) {
    facts.push({ vendor, remaining, taken: await tx.heldOfVendor(subject, paymentId, vendor, after) });
  }
  return facts;
}
