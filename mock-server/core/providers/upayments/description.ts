import type { Description } from '../../engine/openapi/operation.ts';
import {
  failed,
  refund,
  refused,
  standing,
  transaction,
  unprocessable,
  vendorsOpened,
  vendorsRefund,
} from './answers.ts';

export const UPAYMENTS_DESCRIPTION: Description = {
  title: 'UPayments, as the sandbox reproduces it',
  about:
    'Send `Authorization: Bearer <token>` with every call. There is no idempotency header and no other duplicate protection: ' +
    'the same call twice is two refunds.',
  schemas: {
    Refund: refund,
    VendorsOpened: vendorsOpened,
    VendorsRefund: vendorsRefund,
    Standing: standing,
    Transaction: transaction,
    Refused: refused,
    Unprocessable: unprocessable,
    Failed: failed,
  },
  refusals: {
    401: { about: 'The token is missing or wrong', schema: refused },
    403: { about: 'The token may not do this', schema: refused },
    404: { about: 'There is nothing with this id', schema: refused },
    413: { about: 'The body is larger than 1 MiB', schema: refused },
    422: { about: 'Refused, by field', schema: unprocessable },
    429: { about: 'Too many requests', schema: refused },
    '5XX': { about: 'The provider failed: whether money moved is not known', schema: failed },
  },
  always: ['401', '403', '413', '422', '429', '5XX'],
  security: {
    schemes: { bearer: { type: 'http', scheme: 'bearer' } },
    signedIn: ['bearer'],
    signingIn: [],
  },
  headers: {},
  writeHeaders: {},
};
