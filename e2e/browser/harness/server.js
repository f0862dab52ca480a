// The real program, on a port of its own with a fresh folder.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('..', import.meta.url));
const binary = resolve(here, process.env.RECADO_BIN ?? '../../target/debug/recado');
const READY_MS = 30_000;
const STOP_MS = 5_000;

/** Starts `recado <command>` in a fresh folder; `pause` and `resume` stop it and start it again, with what it kept and where it was. */
async function start(command, args, env = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'recado-browser-'));
  const told = { log: '' };
  const run = (port) => {
    const options = command === 'demo' ? ['--data', folder, '--port', port] : ['--data-dir', folder, '--listen', `127.0.0.1:${port}`];
    return launch([command, '--json', ...options, ...args], folder, told, env);
  };
  let running;
  const stop = async () => {
    await running?.end();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    running = await run('0');
  } catch (error) {
    await stop();
    throw error;
  }
  const { ready } = running;
  return {
    ...ready,
    stop,
    log: () => told.log,
    pause: () => running.end(),
    resume: async () => {
      running = await run(new URL(ready.url).port);
    },
  };
}

/** Runs the program until `end`; `ready` is the line of JSON that it prints. */
async function launch(args, folder, told, env) {
  const all = { ...process.env, RUST_LOG: 'warn', ...env };
  const child = spawn(binary, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: all });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    told.log = (told.log + text).slice(-8_000);
  });
  const ended = new Promise((done) => child.once('exit', done));
  const end = async () => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  };
  const whenTestsEnd = () => child.kill('SIGKILL');
  process.once('exit', whenTestsEnd);
  void ended.then(() => process.off('exit', whenTestsEnd));

  const ready = await new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`${binary} was not ready in time:\n${told.log}`)), READY_MS);
    child.once('error', fail);
    void ended.then((code) => fail(new Error(`${binary} ended with ${code}:\n${told.log}`)));
    createInterface({ input: child.stdout }).once('line', (line) => {
      clearTimeout(timer);
      done(JSON.parse(line));
    });
  }).catch(async (error) => {
    await end();
    throw error;
  });
  return { ready, end };
}

const allow = (receiver) => (receiver ? ['--allow-egress', `127.0.0.1:${receiver.port}`] : []);

/** An installation that nobody has set up. It may send to `receiver`, which is on this machine; `env` are more of its settings. */
export const startFresh = (receiver, env) => start('serve', allow(receiver), env);

/** The demo: a bot with a flow, webhooks and an inspector. */
export const startDemo = (receiver) => start('demo', allow(receiver));
