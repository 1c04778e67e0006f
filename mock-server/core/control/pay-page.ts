import { CUSTOMER_RESULTS, type CustomerResult } from '../engine/checkout.ts';
import type { Checkout } from '../engine/provider.ts';
import type { Reply } from '../engine/wire.ts';

const LABELS: Readonly<Record<CustomerResult, string>> = { paid: 'Pay', failed: 'Fail', cancelled: 'Cancel' };

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string) => text.replace(/[&<>"]/g, (char) => ENTITIES[char]!);

const STYLE =
  'body{font:16px system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}' +
  'button{font:inherit;padding:.5rem 1.25rem;margin-inline-end:.5rem}strong{font-size:1.5rem}';

/** The sandbox's checkout: the payment, and a button for each result. No script. */
export function payPage({ title, amount, status, isOpen }: Checkout): Reply {
  const buttons = CUSTOMER_RESULTS.map(
    (result) => `<button name="result" value="${result}">${LABELS[result]}</button>`,
  );
  const form = `<form method="post">${buttons.join('')}</form>`;
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sandbox checkout</title>
<style>${STYLE}</style>
<h1>Sandbox checkout</h1>
<p>${escape(title)}: ${escape(status())}</p>
<p><strong>${escape(amount)}</strong></p>
${isOpen() ? form : '<p>Nothing is left to pay here.</p>'}
</html>
`;
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  };
  return { status: 200, headers, body, serialized: true };
}
