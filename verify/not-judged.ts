/** The check cannot be carried out as things are set up: nothing is said of the proxy. */
export class NotJudged extends Error {
  override name = 'NotJudged' as const;
}
