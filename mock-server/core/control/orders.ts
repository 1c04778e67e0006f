import { toDecimal } from '../../../contract/money.ts';
import { quote } from '../engine/validation.ts';
import { ok, type Reply } from '../engine/wire.ts';
import { refuse, type ControlContext, type ControlRoute } from './context.ts';

/** What a proxy asks the merchant's own server, for a merchant that has no such server yet. */
export const ORDER_ROUTES: readonly ControlRoute[] = [
  {
    method: 'GET',
    path: '/orders/{id}',
    about: "A payment as the merchant's order, for the proxy",
    handler: showOrder,
  },
];

function showOrder({ state, params }: ControlContext): Reply {
  const { id = '' } = params;
  const asked = state.registry.providers.filter((one) => one.order !== undefined);
  for (const provider of asked) {
    const found = provider.order?.(state, id);
    if (found) {
      const { currency, captured, ...more } = found;
      return ok({ payment_id: id, currency, captured: toDecimal(captured, currency), ...more });
    }
  }
  return refuse(
    404,
    `no order ${quote(id)}: expected the id of a payment of ${asked.map((one) => one.name).join(' or ')}`,
  );
}
