import type { SandboxState } from '../core/engine/state.ts';
import { toRfc3339 } from '../core/engine/time.ts';
import { BUILT_IN } from '../core/providers/index.ts';
import type { Flags } from './flags.ts';
import { webhooksOf } from './webhooks.ts';

interface Kept {
  /** Whether the command line has the flag of this name. */
  readonly given: (flag: string) => boolean;
  /** What was restored from the file. */
  readonly main: SandboxState;
}

/**
 * Which flags ask for something else than the file of `--db` holds, as lines to print; none when the file fits. The same
 * command starts a sandbox again and again, so this is no error: the file keeps what it has.
 */
export function overruled(file: string, flags: Flags, { given, main }: Kept): string[] {
  const faults = [
    ...(given('clock') ? clockFaults(flags, main) : []),
    ...settingFaults(flags, given, main),
    ...endpointFaults(flags, main),
    ...(given('seed') ? seedFaults(flags, main) : []),
  ];
  if (faults.length === 0) return [];
  return [
    `--db: ${file} was there already, and what it holds counts:`,
    ...faults.map((fault) => `  ${fault}`),
    '  POST /_sandbox/reset starts anew with the flags.',
  ];
}

function clockFaults({ clock: { mode, at } }: Flags, { clock }: SandboxState): string[] {
  if (clock.mode === mode && (at === undefined || at === clock.now())) return [];
  const wanted = at === undefined ? mode : toRfc3339(at);
  const here = clock.mode === 'frozen' ? `is frozen at ${toRfc3339(clock.now())}` : 'runs';
  return [`--clock ${wanted}: its clock ${here}`];
}

function settingFaults(flags: Flags, given: Kept['given'], { settings }: SandboxState): string[] {
  return Object.entries(flags).flatMap(([name, wanted]) => {
    const setting = Object.hasOwn(BUILT_IN.settings, name) ? BUILT_IN.settings[name] : undefined;
    if (!setting || !given(name) || wanted === settings[name]) return [];
    const [flag = ''] = setting.flag.flags.split(' ');
    return [`${flag}: its setting ${setting.wire} is ${settings[name]}`];
  });
}

function endpointFaults(flags: Flags, { webhooks }: SandboxState): string[] {
  return (webhooksOf(flags).endpoints ?? [])
    .filter(({ provider, url }) => !webhooks.endpoints.some((one) => one.provider === provider && one.url === url))
    .map(({ url }) => `${url}: its webhooks do not go there`);
}

function seedFaults({ seed: { file, number } }: Flags, { ownSeed }: SandboxState): string[] {
  const posted = ownSeed ? ', and those that were posted come back with a reset' : '';
  return [
    ...(file === undefined ? [] : [`--seed ${file}: it has rows of its own${posted}`]),
    ...(number === undefined ? [] : [`--seed ${number}: its ids go on from those that it has given`]),
  ];
}
