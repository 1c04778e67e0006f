import type { SandboxState } from '../engine/state.ts';
import type { Call, Reply } from '../engine/wire.ts';

/** A call of the control API. It never shows up in the journal. */
export interface ControlContext {
  readonly state: SandboxState;
  readonly call: Call;
  readonly params: Readonly<Record<string, string>>;
}

export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Names that its query may hold; without it the handler looks at them itself, and `[]` takes none. */
  readonly query?: readonly string[];
  /** `false` for a POST or DELETE that reads no body: one with members is a mistake. */
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
