'use strict';
// Starts telegram-test-api (a foreign fake of Telegram's Bot API) on a free port of the loopback and prints its URL as one line:
//   node start.js [port]
// It ends when its standard input ends, or on SIGTERM. How a test plays a person is told in README.md.

const net = require('node:net');
const TelegramServer = require('telegram-test-api');

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

async function main() {
  const port = Number(process.argv[2]) || (await freePort());
  const Server = TelegramServer.TelegramServer || TelegramServer.default || TelegramServer;
  const server = new Server({ port, host: '127.0.0.1', storeTimeout: 600 });
  await server.start();
  process.stdout.write(`http://127.0.0.1:${port}\n`);
  const stop = () => server.stop().finally(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.stdin.once('end', stop).once('close', stop).resume();
}

main().catch((error) => {
  process.stderr.write(`${error.stack || error}\n`);
  process.exit(1);
});
