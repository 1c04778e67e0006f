/** The check cannot run with this set-up. It says nothing about the proxy. */
export class NotJudged extends Error {
  override name = 'NotJudged' as const;
}
