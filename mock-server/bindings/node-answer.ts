import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import type { Answer } from '../core/engine/wire.ts';
import { corsHeaders } from './cors.ts';

const SLOW_PIECES = 8;

function writeHead(answer: Answer, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { origin } = incoming.headers;
  const cors = origin === undefined ? undefined : corsHeaders(origin);
  outgoing.writeHead(answer.status, {
    ...answer.headers,
    ...cors,
    'content-length': Buffer.byteLength(answer.body),
  });
}

export function send(answer: Answer, incoming: IncomingMessage, outgoing: ServerResponse): void {
  writeHead(answer, incoming, outgoing);
  outgoing.end(answer.body);
}

/** Sends an answer with its delay and its wire fault. */
export async function sendFaulty(
  answer: Answer,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  stopping: AbortSignal,
): Promise<void> {
  try {
    if (answer.delay) await delay(answer.delay, undefined, { signal: stopping });
    await misbehave(answer, incoming, outgoing, stopping);
  } catch (error) {
    if (!stopping.aborted) throw error;
    incoming.socket.destroy();
  } finally {
    answer.finish?.();
  }
}

async function misbehave(
  answer: Answer,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  stopping: AbortSignal,
): Promise<void> {
  const { fault } = answer;
  const bytes = Buffer.from(answer.body);
  switch (fault?.kind) {
    case undefined:
      send(answer, incoming, outgoing);
      return;
    case 'drop':
      incoming.socket.destroy();
      return;
    case 'drop_at_byte':
      writeHead(answer, incoming, outgoing);
      await new Promise((resolve) => outgoing.write(bytes.subarray(0, droppedAt(bytes, fault.byte)), resolve));
      incoming.socket.destroy();
      return;
    case 'slow_body': {
      writeHead(answer, incoming, outgoing);
      const size = Math.max(1, Math.ceil(bytes.length / SLOW_PIECES));
      for (let start = 0; start < bytes.length; start += size) {
        if (start > 0) await delay(fault.ms, undefined, { signal: stopping });
        outgoing.write(bytes.subarray(start, start + size));
      }
      outgoing.end();
    }
  }
}

/** Within the body, also where it is shorter than the fault says: one that arrives whole is no dropped one. */
const droppedAt = (bytes: Uint8Array, byte: number): number => Math.max(0, Math.min(byte, bytes.length - 1));
