// Somebody's own site, which carries a line of ours.
import { createServer } from 'node:http';

/** A site of one page; `body` is its markup. Its name is another one than the server's, as it is for everybody. */
export async function startSite(body) {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>A shop</title><body>${body}</body></html>`);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://localhost:${server.address().port}/`,
    stop: () =>
      new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      }),
  };
}
