import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { asScript, outcomeOf, SCRIPT_LIMIT } from './script.mjs';

// No welcome page, reports or updates; any free port.
const PREFERENCES = {
  'marionette.port': 0,
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

/**
 * Starts Firefox: the one named by `FIREFOX`, else the system's. It is driven through Marionette, the protocol
 * behind geckodriver, because Playwright drives only its own builds. Scripts run in a sandbox with globals of its own.
 */
export async function launch() {
  const profile = mkdtempSync(join(tmpdir(), 'firefox-'));
  const lines = Object.entries(PREFERENCES).map((pair) => `user_pref(${pair.map((part) => JSON.stringify(part))});\n`);
  writeFileSync(join(profile, 'user.js'), lines.join(''));
  const program = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
  const options = ['--marionette', '--headless', '--no-remote', '--profile', profile];
  // In a group of its own with its processes, as a page that hangs would keep it from quitting.
  const firefox = spawn(program, options, { stdio: 'ignore', detached: true, env: { ...process.env, HOME: profile } });
  const exit = once(firefox, 'exit');
  const call = await open(await portOf(profile, firefox));
  const { capabilities } = await call('WebDriver:NewSession');
  await call('WebDriver:SetTimeouts', { script: SCRIPT_LIMIT });
  return {
    version: capabilities.browserVersion,
    visit: (url) => call('WebDriver:Navigate', { url }),
    async run(job, ...args) {
      const { value } = await call('WebDriver:ExecuteAsyncScript', { script: asScript(job), args });
      return outcomeOf(value);
    },
    async close() {
      process.kill(-firefox.pid, 'SIGKILL');
      await exit;
      rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

/** Waits until Firefox reports the port that it listens on. */
async function portOf(profile, firefox) {
  while (firefox.exitCode === null) {
    try {
      return Number(readFileSync(join(profile, 'MarionetteActivePort'), 'utf8'));
    } catch {
      await setTimeout(100);
    }
  }
  throw new Error(`Firefox ended with ${firefox.exitCode} before it listened`);
}

/** Opens a connection: both sides send `LENGTH:JSON`, of `[0, id, command, parameters]` and `[1, id, error, result]`. */
async function open(port) {
  const socket = connect(port, '127.0.0.1');
  const waiting = new Map();
  let received = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    for (;;) {
      const start = received.indexOf(':') + 1;
      const end = start + Number(received.subarray(0, start - 1));
      if (start === 0 || received.length < end) return;
      const message = JSON.parse(received.subarray(start, end));
      received = received.subarray(end);
      // The first message is a greeting.
      if (Array.isArray(message)) settle(message);
    }
  });
  const settle = ([, id, error, result]) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error) reject(new Error(`Firefox: ${error.error}: ${error.message}`));
    else resolve(result);
  };
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('Firefox has gone'));
  });
  await once(socket, 'connect');

  let last = 0;
  return (command, parameters = {}) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      const text = Buffer.from(JSON.stringify([0, last, command, parameters]));
      socket.write(Buffer.concat([Buffer.from(`${text.length}:`), text]));
    });
}
