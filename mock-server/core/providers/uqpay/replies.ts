import { UQPAY_ERROR_STATUS, type UqpayErrorType } from '../../../../contract/uqpay.ts';
import { note } from '../../engine/context.ts';
import type { Context } from '../../engine/provider.ts';
import type { FieldFault } from '../../engine/validation.ts';
import type { Reply } from '../../engine/wire.ts';
import type { UqpayCode } from './answers.ts';

/** The typed envelope; its HTTP status follows from the type. `docs/providers/uqpay.md#errors`. */
export function uqpayRefusal(type: UqpayErrorType, code: UqpayCode, message: string): Reply {
  return { status: UQPAY_ERROR_STATUS[type], body: { type, code, message } };
}

/** A bind or validation failure; the first words are the provider's, and what follows says why. D P */
export const invalidParameter = (message: string): Reply =>
  uqpayRefusal('invalid_request_error', 'invalid_parameter', `Invalid request parameters: ${message}`);

export const invalidFields = (faults: readonly FieldFault[]): Reply =>
  invalidParameter(faults.map(({ field, message }) => `${field}: ${message}`).join('; '));

export function notFound(context: Context, code: UqpayCode, message: string): Reply {
  note(context, 'uqpay.error-codes');
  return uqpayRefusal('not_found', code, message);
}

/** The authentication middleware's own shape. K */
export const unauthenticated = (message: string): Reply => ({ status: 401, body: { error: message } });
