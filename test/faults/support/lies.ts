import * as z from 'zod/mini';

/** One call to the provider whose answer may be changed. */
export interface Call {
  /** Whether the call moves money. Otherwise it is a read. */
  readonly isCreate: boolean;
  /** Below the provider's own address. */
  readonly path: string;
  readonly sent: unknown;
  /** What the ledger already knows of each refund. Only that can be contradicted. */
  readonly known: ReadonlyMap<string, string>;
}

/** Changes a provider's answers about refunds while it lies. */
export interface Liar<L extends string> {
  lie: L | undefined;
  tell(json: unknown, call: Call): unknown;
}

/** False records of UQPAY. */
export const UQPAY_LIES = [
  'wrong amount',
  'wrong intent',
  'no metadata',
  'contradiction',
  'duplicates',
  'replayed pages',
  'replayed answer',
  /** Not a lie: the provider has refunded more than the request said. */
  'wrong commit',
] as const;
/** A false failure is special: nobody can tell it from a true one. */
export type UqpayLie = (typeof UQPAY_LIES)[number] | 'false failure';

const refund = z.looseObject({
  payment_refund_id: z.string(),
  amount: z.string(),
  refund_status: z.string(),
  metadata: z.optional(z.nullable(z.record(z.string(), z.string()))),
});
type Refund = z.infer<typeof refund>;
const page = z.looseObject({ total_pages: z.number(), data: z.array(refund) });

/** The answers of UQPAY. One schedule uses one of these. */
export class UqpayLiar implements Liar<UqpayLie> {
  lie: UqpayLie | undefined;
  /** The last true answer to a create call, which a faulty cache returns to the next one. */
  #cached: unknown;

  tell(json: unknown, { isCreate, known }: Call): unknown {
    const one = refund.safeParse(json).data;
    if (isCreate) {
      const answer =
        this.lie === 'replayed answer' ? this.#cached : this.lie === 'wrong intent' && one ? withWrongMark(one) : json;
      if (one && this.lie === undefined) this.#cached = json;
      return answer ?? json;
    }
    const list = page.safeParse(json).data;
    if (list) return this.#tellList(list, known);
    return one ? this.#tellOne(one, known) : json;
  }

  #tellList(list: z.infer<typeof page>, known: Call['known']): unknown {
    const data = list.data.map((row) => this.#tellOne(row, known));
    if (this.lie === 'duplicates') return { ...list, data: [...data, ...data] };
    return this.lie === 'replayed pages' && data.length > 0 ? { ...list, total_pages: 2 } : { ...list, data };
  }

  #tellOne(row: Refund, known: Call['known']): Refund {
    const lies: Partial<Record<UqpayLie, () => Refund>> = {
      'wrong amount': () => (isOurs(row) ? { ...row, amount: `${row.amount.replace('.', '')}0` } : row),
      'wrong intent': () => (isOurs(row) ? withWrongMark(row) : row),
      'no metadata': () => ({ ...row, metadata: null }),
      'false failure': () => ({ ...row, refund_status: 'FAILED' }),
      contradiction: () => ({
        ...row,
        refund_status: contradictStatus(row.refund_status, known.get(row.payment_refund_id)),
      }),
    };
    return (this.lie && lies[this.lie]?.()) ?? row;
  }
}

/** Refunds made elsewhere are reported truly, because nobody else knows better. */
function isOurs({ metadata }: Refund): boolean {
  return metadata?.['refund_form_id'] !== undefined;
}

function withWrongMark(row: Refund): Refund {
  return { ...row, metadata: { ...row.metadata, refund_form_id: '00000000-0000-4000-8000-ffffffffffff' } };
}

/** The opposite final status, once the ledger knows one. Before that, a false status would be the only one. */
function contradictStatus(status: string, known: string | undefined): string {
  if (known === 'succeeded' && status === 'SUCCEEDED') return 'FAILED';
  return known === 'failed' && status === 'FAILED' ? 'SUCCEEDED' : status;
}
