import { note } from '../../engine/context.ts';
import type { Context } from '../../engine/provider.ts';
import type { FieldFault } from '../../engine/validation.ts';
import type { Reply } from '../../engine/wire.ts';

type Errors = Readonly<Record<string, readonly string[]>>;

/** 401, 403, 404 and the like: `docs/providers/upayments.md#errors`. P */
export function upaymentsRefusal(status: number, message: string): Reply {
  return { status, body: { status: false, message, data: null } };
}

/** 422: `errors` names the fields. P */
export function unprocessable(context: Context, errors: Errors): Reply {
  note(context, 'upayments.error-body');
  const message = Object.values(errors)[0]?.[0] ?? 'The given data was invalid.';
  return { status: 422, body: { status: false, message, data: null, errors } };
}

export function invalidFields(context: Context, faults: readonly FieldFault[]): Reply {
  const errors: Record<string, string[]> = {};
  for (const { field, message } of faults) (errors[field] ??= []).push(`${field}: ${message}`);
  return unprocessable(context, errors);
}

export function notFound(context: Context, message: string): Reply {
  note(context, 'upayments.not-found', 'upayments.error-body');
  return upaymentsRefusal(404, message);
}

/** Success of a read, with the status that the provider's document gives it. */
export const received = ({ route, state }: Context, data: unknown): Reply => ({
  status: route.success(state.settings),
  body: { status: true, message: 'Response received successfully', data },
});

/** Success of a POST is 201. D K */
export const created = (message: string, data: unknown): Reply => ({
  status: 201,
  body: { status: true, message, data },
});
