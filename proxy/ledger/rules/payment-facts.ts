import type { BeginRequest, PaymentFacts, VendorFacts } from './admission.ts';
import type { Intent, Scope } from '../entities.ts';
import type { LedgerTransaction } from '../store.ts';

type Subject = Pick<Intent, 'kind' | 'paymentId' | 'currency' | 'target'> & Scope & Pick<BeginRequest, 'toldElsewhere'>;

/** What the ledger holds for the payment now. Read under the payment's lock. */
export async function paymentFacts(tx: LedgerTransaction, subject: Subject): Promise<PaymentFacts> {
  const { kind, paymentId, currency, target, toldElsewhere } = subject;
  return {
    held: await tx.held(subject, paymentId, currency),
    heldElsewhere: toldElsewhere === 0n ? 0n : await tx.heldElsewhere(subject, paymentId, currency),
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
