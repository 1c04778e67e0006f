import { CUSTOMER_RESULTS, type CustomerResult } from '../providers/uqpay/lifecycle.ts';
import type { Reply } from '../engine/wire.ts';

const WORDS: Readonly<Record<CustomerResult, string>> = { paid: 'Pay', failed: 'Fail', cancelled: 'Cancel' };

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string) => text.replace(/[&<>"]/g, (char) => ENTITIES[char]!);

const STYLE =
  'body{font:16px system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}' +
  'button{font:inherit;padding:.5rem 1.25rem;margin-inline-end:.5rem}strong{font-size:1.5rem}';

interface Page {
  readonly what: string;
  readonly amount: string;
  readonly standing: () => string;
  readonly open: () => boolean;
}

/** The sandbox's checkout: what is to be paid, and a button for each thing that can become of it. No script. */
export function payPage({ what, amount, standing, open }: Page): Reply {
  const buttons = CUSTOMER_RESULTS.map((result) => `<button name="result" value="${result}">${WORDS[result]}</button>`);
  const form = `<form method="post">${buttons.join('')}</form>`;
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sandbox checkout</title>
<style>${STYLE}</style>
<h1>Sandbox checkout</h1>
<p>${escape(what)}: ${escape(standing())}</p>
<p><strong>${escape(amount)}</strong></p>
${open() ? form : '<p>Nothing is left to pay here.</p>'}
</html>
`;
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  };
  return { status: 200, headers, body, written: true };
}
