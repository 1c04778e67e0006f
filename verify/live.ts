import { parse, type Exchange } from './drive.ts';
import type { Payment } from './profile.ts';
import type { World } from './world.ts';

/** One event of live status. `json` is `undefined` when its data is not JSON. */
export interface LiveEvent {
  readonly name: string;
  readonly json: unknown;
}

/** A way to follow payments. */
export interface LivePath {
  /** How many payments one stream follows at most. */
  readonly most: number;
  readonly pathOf: (ids: readonly string[]) => string;
}

const POLL_MS = 20;
/** A stream tells the payment at once: whoever says nothing for so long tells nothing. */
const AT_ONCE_MS = 3_000;

const ofOne: LivePath = { most: 1, pathOf: ([id = '']) => `/payments/${encodeURIComponent(id)}/events` };

const ofSeveral = (most: number): LivePath => ({
  most,
  pathOf: (ids) => `/events?${ids.map((id) => `payment=${encodeURIComponent(id)}`).join('&')}`,
});

/** The ways that the proxy says it has. */
export function livePaths({ live }: World): readonly LivePath[] {
  return [...(live.ofOne ? [ofOne] : []), ...(live.most > 0 ? [ofSeveral(live.most)] : [])];
}

/** Where a proxy may tell live status, whatever it says of it. */
export function everyLivePath({ id }: Payment): readonly string[] {
  return [ofOne, ofSeveral(1)].map(({ pathOf }) => pathOf([id]));
}

/** Live status, as the form follows it. */
export class LiveStatus {
  readonly #world: World;
  readonly #exchange: Promise<Exchange>;
  #text = '';
  #isOver = false;
  #close!: () => void;

  constructor(world: World, path: string) {
    this.#world = world;
    const until = new Promise<void>((resolve) => {
      this.#close = resolve;
    });
    const onText = (text: string) => void (this.#text = text);
    this.#exchange = world
      .send('GET', path, { accept: 'text/event-stream' }, undefined, { reads: { onText, until } })
      .finally(() => (this.#isOver = true));
  }

  /** The proxy, or something on the way, has ended it: whoever follows comes again. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get events(): readonly LiveEvent[] {
    return eventsIn(this.#text);
  }

  /** Waits until this holds of the events. Returns whether it does before the time is over. */
  async tells(holds: (events: readonly LiveEvent[]) => boolean, limitMs = AT_ONCE_MS): Promise<boolean> {
    const { now, pause } = this.#world.clock;
    const end = now() + limitMs;
    while (!holds(this.events) && !this.#isOver && now() < end) await pause(POLL_MS);
    return holds(this.events);
  }

  /** Stops following. Returns what was sent and came. */
  close(): Promise<Exchange> {
    this.#close();
    return this.#exchange;
  }
}

/** The whole events in a text, as the HTML standard parses an event stream. */
export function eventsIn(text: string): LiveEvent[] {
  const events: LiveEvent[] = [];
  let name = '';
  let data: string[] = [];
  // What follows the last end of a line is no whole line yet.
  for (const line of text.split(/\r\n|\n|\r/).slice(0, -1)) {
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'event') name = value;
    if (field === 'data') data.push(value);
    if (line !== '') continue;
    if (data.length > 0) events.push({ name: name || 'message', json: parse(data.join('\n')) });
    name = '';
    data = [];
  }
  return events;
}
