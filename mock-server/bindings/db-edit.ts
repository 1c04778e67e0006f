import * as z from 'zod/mini';

import { isControlFault } from '../core/control/context.ts';
import { parseBody } from '../core/control/bodies.ts';
import type { Row } from '../core/engine/data-model.ts';
import { applyEdit } from '../core/engine/edited.ts';
import { checkRules, rowFault } from '../core/engine/rules.ts';
import { settleDue } from '../core/engine/settle.ts';
import type { SandboxState } from '../core/engine/state.ts';
import type { Store } from '../core/engine/store.ts';
import { describe } from '../core/engine/validation.ts';
import type { Call } from '../core/engine/wire.ts';
import { locationFault, type Fault } from './db-guard.ts';

/** A row as an edit leaves it; `undefined` for one that it removes. */
interface RowEdit {
  readonly of: string;
  readonly id: string;
  readonly row: Row | undefined;
}

export type EditResult =
  | { readonly ok: true; readonly status: number; readonly body: unknown; readonly edit: RowEdit }
  | ({ readonly ok: false } & Fault);

const refuse = (status: number, message: string): EditResult => ({ ok: false, status, message });

/** An edit that keeps the rules. */
export interface OpenEdit {
  readonly of: string;
  readonly id: string;
  readonly method: string;
  readonly members: Members;
  /** Of the rows. They are changed in place. */
  readonly copies: Row[];
}

/**
 * Carries out `POST /collection` and `PUT`, `PATCH` or `DELETE /collection/id`, or refuses it with the reason. The check
 * and the edit are one turn: a call in between could break the rule that was checked.
 * @param path below `/_sandbox/db`
 * @param carryOut what json-server does, where it is installed
 */
export function editRow(
  state: SandboxState,
  call: Call,
  path: string,
  carryOut?: (edit: OpenEdit) => void,
): EditResult {
  if (call.headers['x-http-method-override'] !== undefined) {
    return refuse(400, 'x-http-method-override is not taken: send the method itself');
  }
  settleDue(state);
  const fault = locationFault(state, path) ?? placeFault(call, path);
  if (fault) return { ok: false, ...fault };
  const members = membersOf(call);
  if ('fault' in members) return refuse(400, members.fault);
  const [, of = '', encoded = ''] = path.split('/');
  const rows = state.store.collections[of] ?? [];
  const old = encoded === '' ? undefined : rows.find(({ id }) => id === decodeURIComponent(encoded));
  const row = rowAfter(call.method, old, members.data);
  const broken = editFault(state, { of, old, row, members: members.data });
  if (broken !== undefined) return refuse(422, broken);
  const id = old?.id ?? String(row?.['id']);
  const copies = structuredClone(rows);
  carryOut?.({ of, id, method: call.method, members: members.data, copies });
  const made = carryOut ? copies.find((one) => one.id === id) : (row as unknown as Row | undefined);
  const edit = { of, id, row: made };
  const unpaid = applyEdit(state, edit);
  if (unpaid !== undefined) return refuse(422, unpaid);
  const body = state.store.collections[of]?.find(({ id }) => id === edit.id) ?? {};
  return { ok: true, status: call.method === 'POST' ? 201 : 200, body, edit };
}

function placeFault({ method, query }: Call, path: string): Fault | undefined {
  const [, name = '', encoded = '', ...deeper] = path.split('/');
  if (deeper.length > 0) return { status: 404, message: 'rows are edited as /collection/id, not through another row' };
  const expected = encoded === '' ? ['POST'] : ['PUT', 'PATCH', 'DELETE'];
  if (name === 'db' || !expected.includes(method)) {
    const message = 'a row is added with POST /collection, and edited with PUT, PATCH or DELETE /collection/id';
    return { status: 405, message };
  }
  if (query === '') return undefined;
  return { status: 400, message: 'an edit takes no query: the row is in the path and in the body' };
}

type Members = Readonly<Record<string, unknown>>;

/** Read as JSON whatever its content type is, like every body of the control API. */
const membersOf = (call: Call): { readonly data: Members } | { readonly fault: string } => {
  if (call.method === 'DELETE') return { data: {} };
  const parsed = parseBody(call, z.looseObject({}));
  return isControlFault(parsed) ? { fault: parsed.fault } : parsed;
};

/** The row as it would be after the edit; `undefined` for a DELETE. A PUT keeps the id of its path. */
function rowAfter(method: string, old: Row | undefined, members: Members): Members | undefined {
  if (method === 'DELETE') return undefined;
  if (method === 'PATCH') return { ...old, ...members };
  return { ...members, ...(old && { id: old.id }) };
}

interface Wanted {
  readonly of: string;
  readonly old: Row | undefined;
  /** As it would be after the edit. */
  readonly row: Members | undefined;
  readonly members: Members;
}

function editFault(state: SandboxState, wanted: Wanted): string | undefined {
  const { data } = state.registry;
  const { of, old, row } = wanted;
  if (row !== undefined) {
    if (old && row['id'] !== old.id) return 'id: the id of a row cannot be changed';
    const fault = rowFault(data, of, row);
    if (fault !== undefined) return fault;
  }
  const others = (state.store.collections[of] ?? []).filter((other) => other !== old);
  const rowsAfterEdit = row === undefined ? others : [...others, row as unknown as Row];
  const checked = checkRules(data, { ...state.store.collections, [of]: rowsAfterEdit });
  return 'fault' in checked ? checked.fault : idleFault(checked.store, wanted);
}

/** An index makes some rows and members from other rows, whatever an edit says of them. */
function idleFault({ collections }: Store, { of, old, row, members }: Wanted): string | undefined {
  const id = old?.id ?? row?.['id'];
  const made = collections[of]?.find((one) => one.id === id) as Members | undefined;
  if (row === undefined) {
    if (!made) return undefined;
    return `the sandbox makes the row "${String(id)}" from other rows, so it would be there again: edit its members instead`;
  }
  const idle = Object.keys(members).find((name) => name !== 'id' && made?.[name] !== row[name]);
  if (idle === undefined) return undefined;
  return `${idle}: the sandbox works it out from other rows: expected ${describe(made?.[idle])}, as it would be`;
}
