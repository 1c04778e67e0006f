import { RefundForm } from 'refund-form/react';

/** `/?payment=...` opens another payment. */
export default async function Page({ searchParams }) {
  const { payment } = await searchParams;
  const id = typeof payment === 'string' && payment !== '' ? payment : '{{payment}}';
  return (
    <>
      <form>
        <label>
          Payment <input name="payment" defaultValue={id} size={40} required />
        </label>{' '}
        <button>Open</button>
      </form>
      <RefundForm key={id} provider="{{provider}}" endpoint="/refunds/{{provider}}" paymentId={id} />
      <noscript>Refunds need JavaScript.</noscript>
    </>
  );
}
