import * as z from 'zod/mini';

import { CUSTOMER_RESULTS } from '../core/engine/checkout.ts';
import { settingSchema } from '../core/engine/settings.ts';
import { BUILT_IN, type WireSettings } from '../core/providers/index.ts';

/** The settings, by their names on the control API. */
export type SandboxSettings = WireSettings;
const settingShapes = Object.values(BUILT_IN.settings).map(
  (setting) => [setting.wire, settingSchema(setting)] as const,
);
export const settings = z.looseObject(
  Object.fromEntries(settingShapes),
) as z.ZodMiniType as z.ZodMiniType<SandboxSettings>;

export const payment = z.object({
  result: z.enum(CUSTOMER_RESULTS),
  status: z.string(),
  return_url: z.nullable(z.string()),
});
/** `status` is the provider's own word; `return_url` is the address that the customer would return to. */
export type SandboxPayment = z.infer<typeof payment>;
