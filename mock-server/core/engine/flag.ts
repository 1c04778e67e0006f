/** A flag of the command line, as commander writes it: `--webhook-url <url...>`. */
export interface Flag {
  readonly flags: string;
  readonly about: string;
}
