import { drive, type FormDriver } from '../drive.ts';
import { fakeEnvironment, VENDORS_OPENED_REPLY, type FakeEnvironment } from '../fake-environment.ts';

/** A form of UPayments whose first step was answered: 12.500 is to be divided over two vendors. */
export async function openDivision(
  options: Parameters<typeof fakeEnvironment>[0] = {},
): Promise<{ readonly environment: FakeEnvironment; readonly ui: FormDriver }> {
  const environment = fakeEnvironment(options);
  environment.on('POST /create-refund', VENDORS_OPENED_REPLY);
  const ui = await drive(environment, { provider: 'upayments' });
  await ui.send();
  await ui.waitForHeading('over the vendors');
  return { environment, ui };
}
