import { CHECKS } from '../../verify/checks/index.ts';
import { NO_LEDGER } from '../../verify/no-ledger.ts';
import { PROFILES } from '../../verify/verify.ts';

const LEVELS = {
  required: 'required',
  promised:
    'required of a proxy that says it deduplicates, and wherever the provider does so itself; of any other it asks for a ledger',
  counted: 'required of a proxy that says it deduplicates; of any other it asks for a ledger',
  recommended: 'recommended',
} as const;

function checkText({
  id,
  title,
  level,
  why,
  mend,
  appliesTo,
  needsOrders,
  needsOtherSignIn,
  needsRestart,
}: (typeof CHECKS)[number]): string {
  const providers = Object.values(PROFILES).filter((profile) => !appliesTo || appliesTo(profile));
  const only =
    providers.length === Object.keys(PROFILES).length ? '' : ` · ${providers.map(({ name }) => name).join(', ')} only`;
  return `### \`${id}\`: ${title}

*${LEVELS[level]}${only}${needsOrders ? ' · where the proxy asks verify for the orders' : ''}${needsOtherSignIn ? ' · with `--other-header`' : ''}${needsRestart ? ' · with `--restart`' : ''}*

${why} ${mend}`;
}

/** `docs/verify.md`: how to check a proxy, and every check, from the table that runs them. */
export function verifyPage(): string {
  return `<!-- Made by \`npm run docs\` from verify/: edit the checks there. -->

# Checking a proxy

\`refund-form verify\` checks any merchant's proxy, in whatever language it is written. It drives the proxy as the refund form would, and as
nobody should; it stands in the provider's place, passes every call on to a sandbox, and compares what the proxy answered with what the
provider saw and what was really refunded.

\`\`\`
 verify ──── the form's requests ────▶ your proxy ────▶ verify, in the provider's place ────▶ sandbox
    └──────────────── what was refunded, and what is to go wrong next ───────────────────────────┘
\`\`\`

## Run it

1. Let your proxy call \`http://127.0.0.1:4010/uqpay/api\` or \`http://127.0.0.1:4010/upayments/api/v1\`, with the sandbox's credentials
   (client id \`sandbox-client\`, api key \`sandbox-key\`; token \`jtest123\`; webhook secret \`sandbox-webhook-secret\`). Nothing has to listen there yet.
   Switch your own limit of requests off.
2. Let it find the orders: \`http://127.0.0.1:4010/orders/{id}\` answers \`payment_id\`, \`currency\` and \`captured\` of each payment that verify
   makes up, and of some also \`refunded_elsewhere\`. For UQPAY some are in KWD and JPY. Where a proxy must know them before,
   \`--run 7 --provider uqpay --print-orders\` writes those of run 7; verify then wants the same \`--run 7\`. A ledger remembers keys: give each run
   another number. A proxy without orders needs none of this.
3. Start the proxy, then \`refund-form verify http://127.0.0.1:8080/refunds/uqpay\`.

\`--header 'Cookie: …'\` satisfies your own sign-in, and has it checked: without it verify cannot know who may refund, and says so; \`--proxy-timeout\` says how long your proxy waits for a provider (20,000 ms unless told),
\`--other-header 'Cookie: …'\` is the sign-in of somebody who may neither refund nor read: that the proxy refuses them is then checked; \`--restart 'systemctl restart refunds'\` has it checked that your proxy knows its keys after a restart, also the one that was being sent meanwhile; \`--only\` runs some checks, \`--sandbox\` takes a sandbox that runs already (in a namespace of its own), \`--json\` writes the whole report for a
program. A shorter timeout in your proxy's test configuration makes the run shorter: its five slow checks wait a quarter longer than that.

| exit code | |
|---|---|
| 0 | every required check holds; with \`--strict\`, every check |
| 1 | a required check does not hold; with \`--strict\`, any |
| 2 | nothing, or not all that is required, could be judged; with \`--strict\`, not all. The message says what to do |
| 3 | the proxy keeps neither keys nor the sum, and does not say that it does; with \`--strict\` this is 1 |

Each check that fails is shown with what was sent, what came, what the provider saw, what was expected, why it matters and how to mend it.
No credential and no header of \`--header\` is ever shown. If most writes were answered with a 5xx that is no problem of the proxy's own, the
report begins with a line that says so: then look at the proxy's log before you read the checks.

## What cannot be judged

Many checks expect that nothing reaches the provider. A proxy that refuses everything, because it has crashed or has locked verify out, would pass them
all. So verify sends a plain refund between any two checks. While it does not go through, each check is *not judged*, and so is the check before it; its reason
says since when, and what was answered. Where a check ends the proxy's token, the provider takes the old token again afterwards: a proxy that fetches
no other is told so by \`token-renewed\`, and judged by the checks that follow.

A check is also *not judged* when another mistake decides what comes of it: a proxy that keeps no sum has none from which an event could free an amount, and
one that sends a refund twice by itself has not lost an answer. The reason names the check that fails for it.

A check about something that a proxy need not do, such as webhooks, cancels, refunds over vendors or other currencies, is left out where the proxy does not do it, and a note says so.
So is one that needs two pending refunds of a payment, where the proxy refuses the second with a 409 and \`effect\`: \`nothing\`.

No run lasts a day. Whether your proxy sends a key to UQPAY again that is older than the 24 hours for which UQPAY recognises it, no check can see, and a note of
each report says so. Then it is a second refund: [what your proxy has to do](wire/providers.md#when-a-key-is-too-old).

## A proxy without a ledger

A proxy that only adds the credentials and passes everything on never "passes". Where it does not say \`"deduplicates": true\`, nothing that it
says is untrue, and no required check fails, its verdict is \`no_ledger\`. It can be used with the form only while all of this is so:

${NO_LEDGER.settings.map((text) => `- ${text}`).join('\n')}

What can still happen then:

${NO_LEDGER.risks.map((text) => `- ${text}`).join('\n')}

A proxy that says \`"deduplicates": true\` and does not keep keys and sum fails.

## What does not depend on luck

Where requests have to arrive together, verify keeps the last byte of each back until all are connected. It holds what the provider and the
orders answer until every request waits or has ended, and lets all answers go at once: whoever reads before it writes has then read too early.
It repeats this until all requests were seen together three times, at most eight times. For a double click it also lets one of two equal
requests overtake the other: at each of its calls one waits until the other has sent its refund. What happens between two statements of your own
database it cannot order; a transaction that does not lock shows in some of the rounds.

## Each path that changes something

Sign-in, the guards, keys and lost answers have to hold on each path that changes something, and not only where a refund is created: at UPayments
also for step 2 of a refund over vendors, and for both cancels. So verify sends its requests to each of them. A path for a cancel that the proxy does not
serve has only to stay closed. Nor need a merchant without vendors serve step 2. But a proxy that passes on an order which \`create-refund\` opens for
vendors, and has no path for step 2, fails \`vendors\`: its form begins what it cannot end. Let it answer such an order with 422 \`not_refundable\`.

## What may happen while a refund is being sent

The provider holds its answer back for a moment, and then:

- **The browser goes away.** verify drops its connection, and sends the same request again while the first one still runs and after it. It has to be one
  refund, and no answer may say that nothing was done. Many servers tell a handler that its client has gone, and many HTTP clients take that as their
  own signal to give up: a call that is cut off for it has an unknown outcome, like any other lost answer.
- **The proxy is restarted**, with \`--restart\`. The command may kill your proxy, or let it end what it has sent. What was being sent is afterwards the refund,
  still running or unknown: a proxy that deletes it at its start sends the key as a new one.

## Who has signed in

With \`--header\` verify sends writes and reads without your sign-in, with a session that does not exist, and with one character of yours changed. What it
makes up has the shape of yours: the names of all its cookies, and the word \`Bearer\` before a token. With \`--other-header\` it sends the same
as somebody who has signed in and may not refund. Each has to be refused before the provider is called.

verify sends requests of pages of other origins, too: of a stranger's, and of one that looks like the origin of your proxy: with the same beginning, the same end,
another port, or \`http\` for \`https\`. If your admin pages are of another origin than the proxy, \`--header 'Origin: https://admin.example'\` says which, and
verify also sends what looks like that one.

Where \`permission.user\` of the payment names who has signed in, the form sends that name back with each write, as \`X-Expected-User\`. verify sends
the name of somebody else: the answer has to be 412 \`user_changed\`, and nothing may be sent. A proxy that names nobody is not judged, and a note says so.

## What the payment must say

The form believes \`GET /payments/{id}\`. A person decides by its amounts, so none may be untrue: verify reads it before a refund and after one
(\`summary-true\`). After each lost answer, after a refusal of a key that was sent again, while a refund has a new status
or is being reversed, and while a cancel runs or was refused, verify reads it. The amount must be held, and what \`refunds\` lists under the key must be \`unknown\` or the refund that was made.
While nothing is lost, the standing has to be what the provider has said of the refund, and its amount has to be in the figure of that standing:
\`refunded\` if it has succeeded, \`pending\` if it is pending, none if it has failed. A list of the provider settles nothing by what it does not show.
What the provider says of one refund says nothing of the others of its payment. verify reads a payment before it changes, too: one that is answered
from a cache must not be older than the last write. The order of a payment may change, too: after its \`refunded_elsewhere\` has changed, the next read of the payment
and the next refund have to count it, where your proxy asks verify for the orders. An order that is kept for up to five seconds passes.
A payment that lists no keys is judged by its figures alone, and a proxy without this path by whether another refund of the amount reaches the
provider: \`summary-true\`, \`lost-answer-recorded\` and the checks of standings are left out then.

## What live status must say

A form that follows its payment believes each event. Where \`GET /\` says \`events\` or \`max_event_payments\`, verify follows payments with a refund of
each standing, and one while it is refunded. What is told has to be what \`GET /payments/{id}\` says. Live status and \`GET /intents\` have to be
refused without your sign-in even where \`GET /\` does not name them. A payment whose read is refused must not be told either.

## The checks

${CHECKS.map(checkText).join('\n\n')}
`;
}
