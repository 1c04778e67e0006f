import * as z from 'zod/mini';

import { oneRule } from './answers.ts';

const texts = z.record(z.string(), z.string());

/** How a call from a shell signs in; `ShellSignIn` of the core. */
const signIn = z.object({
  headers: texts,
  token: z.optional(z.object({ path: z.string(), headers: texts, member: z.string() })),
  key: z.optional(z.string()),
  account: z.optional(z.string()),
});

const route = z.object({ name: z.string(), method: z.string(), path: z.string(), moves_money: z.boolean() });
export type SandboxRoute = z.infer<typeof route>;

const provider = z.object({
  name: z.string(),
  title: z.string(),
  prefix: z.string(),
  root_prefix: z.nullable(z.string()),
  routes: z.array(route),
  event_types: z.array(z.string()),
  signed: z.boolean(),
  sign_in: z.nullable(signIn),
});
export type SandboxProvider = z.infer<typeof provider>;
export const providersAnswer = z.object({ providers: z.array(provider) });

const step = z.object({
  status: z.string(),
  time: z.string(),
  /** `false`: it is still to come, at `time` if nothing changes. */
  reached: z.boolean(),
  /** What the amount counts as in this status: `pending`, `refunded` or `nothing`. */
  counts: z.string(),
});
export type SandboxRefundStep = z.infer<typeof step>;
const refundLife = z.object({
  id: z.string(),
  amount: z.string(),
  status: z.string(),
  create_time: z.string(),
  steps: z.array(step),
});
export type SandboxRefundLife = z.infer<typeof refundLife>;
const paymentMoney = z.object({
  provider: z.string(),
  id: z.string(),
  status: z.string(),
  currency: z.string(),
  /** Decimal strings; `captured` is the sum of the other three. */
  captured: z.string(),
  refunded: z.string(),
  pending: z.string(),
  refundable: z.string(),
  create_time: z.string(),
  refunds: z.array(refundLife),
});
export type SandboxPaymentMoney = z.infer<typeof paymentMoney>;
export const paymentsAnswer = z.object({ total: z.number(), payments: z.array(paymentMoney) });

const scenarioParam = z.object({
  about: z.string(),
  duration: z.optional(z.boolean()),
  default: z.optional(z.number()),
  min: z.optional(z.number()),
  max: z.optional(z.number()),
});
export type SandboxScenarioParam = z.infer<typeof scenarioParam>;
const scenario = z.object({
  name: z.string(),
  kind: z.string(),
  about: z.string(),
  on: z.optional(z.array(z.string())),
  params: z.optional(z.record(z.string(), scenarioParam)),
  providers: z.array(z.string()),
});
export type SandboxScenario = z.infer<typeof scenario>;
export const scenariosAnswer = z.object({
  active: z.array(oneRule),
  known: z.array(scenario),
  /** Scenario by the amount that asks for it. */
  magic_amounts: texts,
});
export const activeAnswer = z.object({ active: z.array(oneRule) });
export type SandboxActiveRule = z.infer<typeof oneRule>;
