/** json-server 0.17 brings no types: the part of its documented module API that `db-app.ts` uses. */
declare module 'json-server' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  type Next = (error?: unknown) => void;
  interface Request extends IncomingMessage {
    body: unknown;
    path: string;
    query: Record<string, unknown>;
  }
  interface Response extends ServerResponse {
    locals: Record<string, unknown>;
  }
  type Middleware = (request: Request, response: Response, next: Next) => void;
  type ErrorMiddleware = (error: unknown, request: Request, response: Response, next: Next) => void;

  interface Chain {
    /** Carries out what the chain says. */
    value(): unknown;
  }

  /** The rows of one collection. An edit changes them in place. */
  interface Rows {
    insert(row: object): Chain;
    updateById(id: string, members: object): Chain;
    replaceById(id: string, members: object): Chain;
    removeById(id: string): Chain;
  }

  interface Router extends Middleware {
    readonly db: { setState(state: object): unknown; get(collection: string): Rows };
    render: (request: Request, response: Response) => void;
  }

  interface App {
    (request: IncomingMessage, response: ServerResponse): void;
    use(middleware: Middleware | ErrorMiddleware | readonly Middleware[]): App;
  }

  interface JsonServer {
    create(): App;
    router(data: object, options: { foreignKeySuffix: string }): Router;
    readonly bodyParser: readonly Middleware[];
  }

  const jsonServer: JsonServer;
  export default jsonServer;
  export type { App, Middleware, Request, Response, Router };
}
