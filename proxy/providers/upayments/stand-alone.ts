import * as z from 'zod/mini';

import { base, credential, url } from '../../server/stand-alone/schemas.ts';
import { standAloneProvider } from '../../server/stand-alone/stand-alone-provider.ts';
import { isInClear } from '../url.ts';
import { upayments } from './upayments.ts';

/** UPayments in the stand-alone proxy. */
export const standAloneUpayments = standAloneProvider({
  name: 'upayments',
  variables: {
    UPAYMENTS_BASE_URL: {
      about: 'address of the API, ends in /api/v1',
      demo: 'http://127.0.0.1:4010/upayments/api/v1',
      schema: z.optional(base),
    },
    UPAYMENTS_TOKEN: { about: 'bearer token', demo: 'jtest123', schema: z.optional(credential), isSecret: true },
    UPAYMENTS_NOTIFY_URL: {
      about: 'optional: address to which the provider reports a settled refund',
      schema: z.optional(url),
    },
  },
  required: ['UPAYMENTS_BASE_URL', 'UPAYMENTS_TOKEN'],
  address: { variable: 'UPAYMENTS_BASE_URL', end: '/api/v1' },
  faults: ({ UPAYMENTS_NOTIFY_URL: notifyUrl }, { allowPlainHttp }) =>
    notifyUrl !== undefined && isInClear(notifyUrl) && !allowPlainHttp
      ? ['UPAYMENTS_NOTIFY_URL: http:// would tell of refunds in clear: use https://, or set REFUND_ALLOW_PLAIN_HTTP=1']
      : [],
  create: (values, secret, plain) =>
    upayments({
      ...plain,
      baseUrl: values.UPAYMENTS_BASE_URL!,
      token: secret('UPAYMENTS_TOKEN')!,
      notifyUrl: values.UPAYMENTS_NOTIFY_URL,
    }),
});
