/** The check cannot run with this set-up. It says nothing about the proxy. */
export class NotJudged extends Error {
  override name = 'NotJudged' as const;
}

/**
 * The check is about something that a proxy need not do, and this one does not. The report leaves the check out, and the
 * message, half a sentence, becomes a note.
 */
export class LeftOut extends Error {
  override name = 'LeftOut' as const;
}
