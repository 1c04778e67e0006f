import fc from 'fast-check';

import type { ScenarioName } from '../../mock-server/core/engine/scenarios/catalogue.ts';
import { SCENARIOS, type Collections, type ProviderName } from '../../mock-server/core/providers/index.ts';
import type { SandboxState } from '../../mock-server/core/engine/state.ts';
import { fitting, mutate, mutation, oddBody, type Mutation } from './arbitrary.ts';
import type { Document, DocumentedOperation, DocumentedParameter, DocumentReader } from './document.ts';

/** An operation of a document with its method and path. */
export interface Target {
  readonly provider: ProviderName;
  readonly method: string;
  readonly path: string;
  readonly operation: DocumentedOperation;
  readonly reader: DocumentReader;
}

export function targetsOf(provider: ProviderName, document: Document, reader: DocumentReader): Target[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      provider,
      method: method.toUpperCase(),
      path,
      operation,
      reader,
      [fc.toStringMethod]: () => operation.operationId,
    })),
  );
}

/** A request before it is sent. Its rows are chosen only when it is sent. */
export interface Plan {
  readonly target: Target;
  /** Which existing row it is about; `undefined` for invented ids. */
  readonly row: number | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly mutation: Mutation | undefined;
  readonly odd: string | undefined;
  readonly credentials: 'good' | 'none' | 'wrong';
  readonly contentType: string | undefined;
  readonly scenario: string | undefined;
  /** Number of the idempotency key. There are few, so some are used again. */
  readonly key: number;
  /** Seconds that pass before the request. */
  readonly wait: number;
}

/** Scenarios that spoil an answer on purpose, so that it cannot match a document. */
const SPOILING: readonly string[] = ['malformed_json', 'truncated_json', 'wrong_content_type'] satisfies ScenarioName[];
const NAMES = Object.keys(SCENARIOS).filter((name) => !SPOILING.includes(name));

const scenario = fc.oneof(
  fc.constantFrom(...NAMES),
  fc.constantFrom(
    'server_error; status=503',
    'server_error; after_commit=1',
    'latency; ms=0',
    'no_such',
    'latency; ms=-1',
  ),
);

const usually = <Value>(arbitrary: fc.Arbitrary<Value>, freq: number) => fc.option(arbitrary, { nil: undefined, freq });
/** Gives a value once in `outOf` times. `fc.option` would give it `freq - 1` times out of `freq`. */
const onceIn = <Value>(arbitrary: fc.Arbitrary<Value>, outOf: number) =>
  fc.oneof({ weight: outOf - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

export function planOf(target: Target): fc.Arbitrary<Plan> {
  const { operation, reader } = target;
  const schema = operation.requestBody?.content['application/json']?.schema;
  const parameters = operation.parameters.filter(
    ({ name }) => name !== 'x-sandbox-scenario' && name !== 'x-idempotency-key',
  );
  return fc.record({
    target: fc.constant(target),
    row: usually(fc.nat(1_000), 10),
    parameters: parametersOf(parameters, reader),
    body: schema ? fitting(schema, reader) : fc.constant(undefined),
    mutation: onceIn(mutation, 6),
    odd: onceIn(oddBody, 30),
    credentials: fc.oneof(
      { weight: 30, arbitrary: fc.constant('good' as const) },
      { weight: 1, arbitrary: fc.constantFrom('none' as const, 'wrong' as const) },
    ),
    contentType: fc.oneof(
      { weight: 30, arbitrary: fc.constant('application/json') },
      {
        weight: 1,
        arbitrary: fc.constantFrom(undefined, 'text/plain', 'application/json; charset=utf-8', 'application/x-json'),
      },
    ),
    scenario: onceIn(scenario, 10),
    key: fc.nat(600),
    wait: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(90_000) }),
  });
}

function parametersOf(parameters: readonly DocumentedParameter[], reader: DocumentReader) {
  return fc.record(
    Object.fromEntries(
      parameters.map(({ name, schema, in: place }) => {
        const fits = fitting(schema, reader, name);
        const odd =
          place === 'header'
            ? fc.constantFrom('x', '{}', '-1')
            : fc.oneof(fc.string(), fc.constantFrom('', '0', '%', '../'));
        return [name, fc.oneof({ weight: 12, arbitrary: fits }, { weight: 1, arbitrary: odd })];
      }),
    ),
    { requiredKeys: parameters.filter(({ required }) => required).map(({ name }) => name) },
  );
}

const pick = <Row>(rows: readonly Row[], which: number): Row | undefined => rows[which % Math.max(rows.length, 1)];

/** What a client would know from earlier answers, for each operation. `row` selects one of the existing rows. */
type KnownMembers = (rows: Collections, row: number) => Readonly<Record<string, unknown>>;

const someIntent: KnownMembers = (rows, row) => {
  const intent = pick(rows.uqpay_intents, row);
  return { payment_intent_id: intent?.id, payment_attempt_id: row % 5 === 0 ? undefined : intent?.latest_attempt };
};
/** Usually an intent in one of these statuses. */
const intentIn =
  (...statuses: readonly string[]): KnownMembers =>
  (rows, row) => {
    const ready = rows.uqpay_intents.filter(({ intent_status: status }) => statuses.includes(status));
    return { id: pick(row % 5 === 0 ? rows.uqpay_intents : ready, row)?.id };
  };
const orderRefund = (rows: Collections, row: number, byVendor: boolean) => {
  const rowsOfKind = rows.upayments_refunds.filter(({ vendor }) => (vendor !== null) === byVendor);
  const open = rowsOfKind.filter(({ refund_status: status }) => status === 'initiated');
  const refund = pick(row % 4 === 0 ? rowsOfKind : open, row);
  return {
    orderId: refund?.id,
    refundOrderId: refund?.refund_order_id,
    refundArn: refund?.refund_arn,
    generatedInvoiceId: refund?.generated_invoice_id ?? undefined,
  };
};

/** The members that the SDKs mark as required; `docs/providers/uqpay.md#payment-intents`. */
const CARD = { billing: {}, network: 'visa', authorization_type: 'final_authorization', three_ds_action: 'skip_3ds' };

const KNOWN_MEMBERS: Readonly<Record<string, KnownMembers>> = {
  'uqpay create_refund': someIntent,
  'uqpay retrieve_refund': (rows, row) => ({ id: pick(rows.uqpay_refunds, row)?.id }),
  'uqpay list_refunds': (rows, row) => (row % 2 === 0 ? someIntent(rows, row) : {}),
  'uqpay list_attempts': (rows, row) => (row % 2 === 0 ? someIntent(rows, row) : {}),
  'uqpay retrieve_attempt': (rows, row) => ({ id: pick(rows.uqpay_attempts, row)?.id }),
  'uqpay retrieve_intent': (rows, row) => ({ id: pick(rows.uqpay_intents, row)?.id }),
  'uqpay update_intent': intentIn('REQUIRES_PAYMENT_METHOD'),
  'uqpay confirm_intent': (rows, row) => ({
    ...intentIn('REQUIRES_PAYMENT_METHOD')(rows, row),
    ...(row % 3 > 0 && { payment_method: { type: 'card', card: { ...CARD, auto_capture: row % 2 === 0 } } }),
  }),
  'uqpay capture_intent': intentIn('REQUIRES_CAPTURE'),
  'uqpay cancel_intent': intentIn('REQUIRES_PAYMENT_METHOD', 'REQUIRES_CAPTURE'),
  'upayments get_payment_status': (rows, row) => ({ track_id: pick(rows.upayments_payments, row)?.id }),
  'upayments find_payment_status': (rows, row) => {
    const payment = pick(rows.upayments_payments, row);
    return row % 2 === 0 ? { session_id: payment?.session_id } : { invoice_id: payment?.invoice_id };
  },
  'upayments create_refund': (rows, row) => ({ orderId: pick(rows.upayments_orders, row)?.id }),
  'upayments create_multivendor_refund': (rows, row) => {
    const order = pick(
      rows.upayments_orders.filter(({ multivendor }) => multivendor),
      row,
    );
    const vendorRows = (order?.offered ?? []).map((one, index) => ({
      ...one,
      amountToRefund: ((row + index) % 40) / 10,
    }));
    return { orderId: order?.id, ...(vendorRows.length > 0 && { refundPayload: vendorRows }) };
  },
  'upayments delete_refund': (rows, row) => orderRefund(rows, row, false),
  'upayments delete_multivendor_refund': (rows, row) => orderRefund(rows, row, true),
  'upayments check_refund': (rows, row) => ({
    id: pick<{ readonly id: string }>(row % 2 === 0 ? rows.upayments_orders : rows.upayments_refunds, row)?.id,
  }),
  'upayments check_refund_status': (rows, row) => ({ id: pick(rows.upayments_refunds, row)?.id }),
};

function knownMembers({ store }: SandboxState, { operation, provider }: Target, row: number): Record<string, unknown> {
  const members =
    KNOWN_MEMBERS[`${provider} ${operation.operationId}`]?.(store.collections as unknown as Collections, row) ?? {};
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The request itself, about rows that exist now. */
export function requestOf(plan: Plan, state: SandboxState, credentials: Readonly<Record<string, string>>): Request {
  const { target, row, mutation: bodyMutation } = plan;
  const knownValues = row === undefined ? {} : knownMembers(state, target, row);
  const query = new URLSearchParams();
  const headers: Record<string, string> = {
    ...(plan.contentType !== undefined && { 'content-type': plan.contentType }),
    ...(plan.scenario !== undefined && { 'x-sandbox-scenario': plan.scenario }),
    ...(plan.credentials === 'good' && credentials),
    ...(plan.credentials === 'wrong' && Object.fromEntries(Object.keys(credentials).map((name) => [name, 'wrong']))),
  };
  const { operationId } = target.operation;
  let { path } = target;
  for (const { name, in: place } of target.operation.parameters) {
    // Of two ways to ask, use only the known one, because both together are refused.
    const planned = operationId === 'find_payment_status' && row !== undefined ? undefined : plan.parameters[name];
    const value = place === 'header' ? plan.parameters[name] : (knownValues[name] ?? planned);
    if (place === 'path') path = path.replace(`{${name}}`, encodeURIComponent(wellFormed(value) || '-'));
    else if (value === undefined) continue;
    else if (place === 'query') query.set(name, wellFormed(value));
    else headers[name] = wellFormed(value);
  }
  if (target.operation.parameters.some(({ name }) => name === 'x-idempotency-key')) {
    headers['x-idempotency-key'] = `00000000-0000-4000-8000-${String(plan.key).padStart(12, '0')}`;
  }
  const { id: _, ...members } = knownValues;
  const bodyMembers = target.operation.requestBody ? Object.assign({}, plan.body, members) : undefined;
  const body = bodyMutation && bodyMembers !== undefined ? mutate(bodyMembers, bodyMutation) : bodyMembers;
  return {
    method: target.method,
    path: `${target.provider === 'uqpay' ? '/uqpay/api' : '/upayments/api/v1'}${path}`,
    query: query.toString(),
    headers,
    body: plan.odd ?? (body === undefined ? '' : JSON.stringify(body)),
  };
}

/** Half a surrogate pair is valid in JSON but not in a URL. */
const wellFormed = (value: unknown): string => String(value).replace(/[\uD800-\uDFFF]/gu, '?');
