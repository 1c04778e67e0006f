import type { Operation } from './openapi/operation.ts';
import type { Route } from './provider.ts';
import type { Settings } from './settings.ts';

type Operations = Readonly<Record<string, Operation>>;

/** A route has the name of its operation. TypeScript reports a route without an operation. */
type NewRoute<Table extends Operations> = Pick<Route, 'path' | 'handler' | 'payment' | 'refund'> & {
  readonly name: keyof Table & string;
};

/** Functions that make the routes of one provider. */
export function routeMakers<Table extends Operations>(provider: string, operations: Table) {
  const base = (route: NewRoute<Table>) => {
    const operation: Operation = operations[route.name]!;
    const { status, settable } = operation.answer;
    return {
      ...route,
      provider,
      operation,
      query: Object.keys(operation.query ?? {}),
      success: (settings: Settings) => (settable === undefined ? status : Number(settings[settable])),
      auth: true,
    };
  };
  const read = (route: NewRoute<Table>): Route => ({
    ...base(route),
    method: 'GET',
    body: 'none',
    movesMoney: false,
  });
  const write = (route: NewRoute<Table>): Route => ({
    ...base(route),
    method: 'POST',
    body: 'json',
    movesMoney: true,
  });
  /** A step of a payment. A confirm, capture or cancel may come without a body. */
  const pay = (route: NewRoute<Table>): Route => ({
    ...write(route),
    refund: 'none',
    body: 'optional',
    movesMoney: false,
  });
  return { read, write, pay };
}
