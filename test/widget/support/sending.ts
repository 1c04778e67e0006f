import { drive } from '../drive.ts';
import { fakeEnvironment } from '../fake-environment.ts';
import { heldReply } from './held.ts';
import { waitUntil } from './wait-until.ts';

/** A form whose refund is on its way until `answer` is called. */
export async function sending() {
  const environment = fakeEnvironment();
  const { reply, answer } = heldReply();
  environment.on('POST /v2/payment/refunds', reply);
  const ui = await drive(environment);
  await ui.send();
  await waitUntil(() => environment.writes().length === 1);
  return { environment, ui, answer };
}
