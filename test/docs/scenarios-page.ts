import { MAGIC_AMOUNTS, writeMagic } from '../../mock-server/core/engine/magic.ts';
import { scenario, SCENARIO_KINDS, type ScenarioKind } from '../../mock-server/core/engine/scenarios/catalogue.ts';
import { HOUR, MINUTE, SECOND } from '../../mock-server/core/engine/time.ts';
import { ACKNOWLEDGED, WEBHOOK_BACKOFF } from '../../mock-server/core/engine/webhooks/schedule.ts';
import { SCENARIOS } from '../../mock-server/core/providers/index.ts';
import { UPAYMENTS_LIFECYCLES, UPAYMENTS_SETTLES_AFTER } from '../../mock-server/core/providers/upayments/lifecycle.ts';
import { UQPAY_LIFECYCLES } from '../../mock-server/core/providers/uqpay/lifecycle.ts';
import { table } from './markdown.ts';

type Names = keyof typeof SCENARIOS;

const NAMES = Object.keys(SCENARIOS) as Names[];
const PROVIDER_WORDS = { uqpay: 'UQPAY', upayments: 'UPayments' } as const;

const code = (text: string) => `\`${text}\``;

function duration(ms: number): string {
  if (ms === 0) return '0';
  for (const [unit, word] of [
    [HOUR, 'h'],
    [MINUTE, 'min'],
    [SECOND, 's'],
  ] as const) {
    if (ms % unit === 0) return `${ms / unit} ${word}`;
  }
  return `${ms} ms`;
}

/** Amounts of a scenario in three currencies: with two decimals, three and none. */
function amountsOf(name: Names): string {
  const amounts = Object.entries(MAGIC_AMOUNTS).filter(([, text]) => text.split(';')[0] === name);
  return amounts
    .map(([amount, text]) => {
      const params = text.includes(';') ? ` (${code(text.slice(text.indexOf(';') + 1).trim())})` : '';
      return ['USD', 'KWD', 'JPY'].map((currency) => code(writeMagic(Number(amount), currency))).join(' ') + params;
    })
    .join(', ');
}

function paramsOf(name: Names): string {
  return Object.entries(scenario(name).params ?? {})
    .map(([key, param]) =>
      'duration' in param
        ? `${code(key)} (an ISO 8601 duration): ${param.about}`
        : `${code(key)} = ${param.default} (${param.min} to ${param.max}): ${param.about}`,
    )
    .join('<br>');
}

function scenariosOf(kind: ScenarioKind): string {
  const rows = NAMES.filter((name) => SCENARIOS[name].kind === kind).map((name) => {
    const { about, on } = scenario(name);
    const { providers } = SCENARIOS[name];
    const calls = on ? on.map(code).join(', ') : kind === 'fault' ? 'any' : 'creates of a refund';
    const whose = providers.map((provider) => PROVIDER_WORDS[provider]).join(', ');
    return [code(name), about, whose, calls, amountsOf(name), paramsOf(name)];
  });
  return table(['name', 'what happens', 'provider', 'calls', 'USD, KWD, JPY', 'parameters'], rows);
}

const KIND_WORDS: Readonly<Record<ScenarioKind, string>> = {
  outcome: `## Outcomes

What becomes of the refund, or of the payment before it. An outcome that is set on the control API waits for a call that passes
validation and can carry it out.`,
  fault: `## Faults

What becomes of the answer. Unless they name a route, faults that are set on the control API are for calls that move money: signing in
and reading do not use them up.`,
  webhook: `## Webhooks

What becomes of the webhooks of the refund that the call makes: of all of them, until the refund is final.`,
};

const uqpayLifecycles = () =>
  table(
    ['lifecycle', 'status, and time since the refund was created'],
    Object.entries(UQPAY_LIFECYCLES).map(([name, steps]) => [
      code(name),
      steps.map(({ status, after }) => `${code(status)} ${duration(after)}`).join(' → '),
    ]),
  );

const WAYS: Readonly<Record<(typeof UPAYMENTS_LIFECYCLES)[keyof typeof UPAYMENTS_LIFECYCLES], string>> = {
  settles: Object.entries(UPAYMENTS_SETTLES_AFTER)
    .map(([type, after]) => `refunded after ${duration(after)} (${code(type)})`)
    .join(', '),
  at_once: 'refunded in the answer itself',
  never: 'initiated for good; it can be deleted',
  when_deleted: 'initiated, and refunded at the moment in which it is to be deleted',
};

const upaymentsLifecycles = () =>
  table(
    ['lifecycle', 'what happens'],
    Object.entries(UPAYMENTS_LIFECYCLES).map(([name, way]) => [code(name), WAYS[way]]),
  );

const backoff = () =>
  table(
    ['attempt', 'after the one before'],
    [0, ...WEBHOOK_BACKOFF].map((wait, index) => [String(index + 1), index === 0 ? 'at once' : duration(wait)]),
  );

/** `docs/scenarios.md`: everything that the sandbox can be made to do, from the tables that make it do so. */
export function scenariosPage(): string {
  return `<!-- Made by \`npm run docs\` from mock-server/core: edit the tables there. -->

# Scenarios

Everything that the sandbox can be made to do, and how to ask for it. \`GET /_sandbox/scenarios\` lists the same.

## Choosing one

${table(
  ['with', 'write', 'it is for'],
  [
    ['a header, on any call', code('x-sandbox-scenario: server_error; status=503'), 'this call'],
    ['`metadata` (UQPAY)', code('"metadata": { "sandbox_scenario": "fail" }'), 'this refund'],
    ['`reason` (UQPAY)', code('"reason": "sandbox:fail"'), 'this refund'],
    ['`reference` or `refundReason` (UPayments)', code('"reference": "sandbox:latency; ms=300"'), 'this refund'],
    [
      'the amount',
      `${code('"amount": "6.01"')}, ${code('"totalPrice": 6.12')}`,
      'this refund, or the vendor with that amount',
    ],
    [
      'the control API',
      code('POST /_sandbox/scenarios {"scenario":"fail","times":2}'),
      'the next calls that it can be for',
    ],
    [
      '... one order',
      code('{"scenario":"fail","payment_id":"PI1234567890123456789"}'),
      'the next call about that payment',
    ],
    [
      '... one route',
      code('{"scenario":"latency","params":{"ms":300},"route":"list_refunds"}'),
      `that call; ${code('*')} for every one`,
    ],
  ],
)}

The first in this order that is there is taken. Several at once, one of each kind, are written with commas:
\`fail, drop_after_commit, webhook_duplicate; copies=3\`. A fault that the body itself asks for strikes once for each
\`x-idempotency-key\`, so that the same request can be sent again; UPayments has no key, and it strikes each time. Amounts with a
meaning have it for the providers named beside them only; \`magicAmounts: false\` switches them off. A scenario in the
body of a call that no step of it can carry out is refused; one in a header is for those calls that can, and no others notice it.

${SCENARIO_KINDS.map((kind) => `${KIND_WORDS[kind]}\n\n${scenariosOf(kind)}`).join('\n\n')}

A webhook that is not acknowledged with ${ACKNOWLEDGED} is tried again by the virtual clock, then given up:

${backoff()}

## Lifecycles

By the virtual clock; the times are ours, because no source gives them.

### UQPAY

${uqpayLifecycles()}

### UPayments

${upaymentsLifecycles()}

## Through MSW

MSW has no socket. \`drop_before_commit\` and \`drop_after_commit\` become a failed \`fetch\`, \`drop_at_byte\` a body that breaks off, and
\`slow_body\` a stream; a client sees no reset of a connection, no half-open socket and no CORS preflight there. The Node server shows all of
them. Webhooks are sent either way; from a page they leave with \`fetch\`, so the receiver has to allow the page's origin.
`;
}
