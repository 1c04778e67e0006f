import { upayments } from '../../providers/upayments/upayments.ts';
import { uqpay } from '../../providers/uqpay/uqpay.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Findings } from './environment.ts';
import type { Secrets } from './secrets.ts';
import type { SecretName, Values, VariableName } from './variables.ts';

/** The providers whose variables are set. */
export function readProviders(values: Values, { faults }: Findings, secrets: Secrets): Provider[] {
  const secret = (name: SecretName) => secrets.source(name, values) as (() => Promise<string>) | undefined;
  const providers: Provider[] = [];
  const complete = (names: readonly VariableName[]): boolean => {
    const missing = names.filter((name) => values[name] === undefined);
    if (missing.length > 0 && missing.length < names.length) {
      faults.push(...missing.map((name) => `${name}: is missing, the provider's other variables are set`));
    }
    // A provider throws on a wrong address. That fault has been reported by then.
    return missing.length === 0 && faults.length === 0;
  };
  const { UQPAY_BASE_URL, UPAYMENTS_BASE_URL } = values;
  if (values.UQPAY_PREVIOUS_WEBHOOK_SECRET !== undefined && values.UQPAY_WEBHOOK_SECRET === undefined) {
    faults.push('UQPAY_PREVIOUS_WEBHOOK_SECRET: is set without UQPAY_WEBHOOK_SECRET; set the secret of now too');
  }
  if (complete(['UQPAY_BASE_URL', 'UQPAY_CLIENT_ID', 'UQPAY_API_KEY'])) {
    providers.push(
      uqpay({
        baseUrl: UQPAY_BASE_URL!,
        clientId: secret('UQPAY_CLIENT_ID')!,
        apiKey: secret('UQPAY_API_KEY')!,
        onBehalfOf: values.UQPAY_ON_BEHALF_OF,
        webhookSecret: secret('UQPAY_WEBHOOK_SECRET'),
        previousWebhookSecret: secret('UQPAY_PREVIOUS_WEBHOOK_SECRET'),
      }),
    );
  }
  if (complete(['UPAYMENTS_BASE_URL', 'UPAYMENTS_TOKEN'])) {
    providers.push(
      upayments({
        baseUrl: UPAYMENTS_BASE_URL!,
        token: secret('UPAYMENTS_TOKEN')!,
        notifyUrl: values.UPAYMENTS_NOTIFY_URL,
      }),
    );
  }
  if (providers.length === 0 && faults.length === 0) {
    faults.push(
      'UQPAY_BASE_URL, UQPAY_CLIENT_ID, UQPAY_API_KEY or UPAYMENTS_BASE_URL, UPAYMENTS_TOKEN: set those of one provider ' +
        '(REFUND_PROXY_DEMO=1 takes the local sandbox)',
    );
  }
  return providers;
}
