import * as z from 'zod/mini';

import type { Registry } from '../registry.ts';
import { SCENARIO_NAMES } from '../scenarios/catalogue.ts';
import { TIMESTAMP_UNITS } from './delivery.ts';
import { DELIVERY_STATUSES } from './statuses.ts';

const whole = z.int();
const text = z.nullable(z.string());
const params = z.record(z.string(), z.union([z.number(), z.string()]));
const signing = z.nullable(z.strictObject({ secret: z.string(), timestamp: z.enum(TIMESTAMP_UNITS) }));
const attempt = z.strictObject({
  number: whole,
  at: whole,
  code: z.nullable(whole),
  error: z.nullable(z.string()),
});

const jsonText = z.string().check(z.refine(isJson, { error: 'JSON text' }));

function isJson(given: string): boolean {
  try {
    JSON.parse(given);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** The data of a `WebhookBook`. */
export const webhookData = ({ names, policies }: Registry) =>
  z.strictObject({
    endpoints: z.array(z.strictObject({ id: z.string(), provider: z.enum(names), url: z.string(), signing })),
    deliveries: z.array(
      z.strictObject({
        id: z.string(),
        provider: z.enum(names),
        type: z.string(),
        event: text,
        refund: text,
        payment: z.string(),
        url: z.string(),
        signing,
        signatureFault: z.nullable(z.enum(['signature', 'timestamp'])),
        body: jsonText,
        scenario: text,
        policies: z.array(z.enum(Object.keys(policies))),
        status: z.enum(DELIVERY_STATUSES),
        reason: text,
        attempts: z.array(attempt),
        next: z.nullable(whole),
        step: whole,
      }),
    ),
    faults: z.array(z.tuple([z.string(), z.array(z.strictObject({ name: z.enum(SCENARIO_NAMES), params }))])),
    next: z.strictObject({ endpoint: whole, delivery: whole }),
  });
