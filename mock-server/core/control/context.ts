import type { SandboxState } from '../engine/state.ts';
import type { Call, Reply } from '../engine/wire.ts';

/** A call of the control API. The journal does not record it. */
export interface ControlContext {
  readonly state: SandboxState;
  readonly call: Call;
  readonly params: Readonly<Record<string, string>>;
}

export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Names that its query may hold; none by default. */
  readonly query?: readonly string[];
  /** `false` for a POST or DELETE that reads no body and so refuses one. */
  readonly body?: boolean;
  readonly about: string;
  readonly handler: (context: ControlContext) => Reply;
}

/** Why a control call was not carried out: a sentence for the developer who made it. */
export interface ControlFault {
  readonly fault: string;
}

export function isControlFault(value: object): value is ControlFault {
  return 'fault' in value;
}

export const refuse = (status: number, error: string): Reply => ({ status, body: { error } });
export const refuseFault = ({ fault }: ControlFault): Reply => refuse(400, fault);
