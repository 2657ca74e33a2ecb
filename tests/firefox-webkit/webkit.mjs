import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { asScript, outcomeOf, SCRIPT_LIMIT } from './script.mjs';

/**
 * Starts WebKitGTK's own small browser, which runs Safari's engine, on a display of its own. It is driven through
 * WebDriver: the program named by `WEBKIT_DRIVER`, else the system's.
 */
export async function launch() {
  const home = mkdtempSync(join(tmpdir(), 'webkit-'));
  const display = spawn('Xvfb', ['-displayfd', '3', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const [number] = await once(display.stdio[3], 'data');
  const port = await freePort();
  const driver = spawn(process.env.WEBKIT_DRIVER ?? '/usr/bin/WebKitWebDriver', [`--port=${port}`], {
    stdio: 'ignore',
    // In a group of its own with its browser, as a page that hangs would not let it end a session.
    detached: true,
    env: {
      ...process.env,
      HOME: home,
      XDG_CACHE_HOME: home,
      XDG_DATA_HOME: home,
      DISPLAY: `:${String(number).trim()}`,
      // Its processes outlive the driver for a moment, and would write into the folder while it is removed.
      MESA_SHADER_CACHE_DISABLE: 'true',
    },
  });
  const end = async () => {
    const exits = [driver, display].map((program) => once(program, 'exit'));
    process.kill(-driver.pid, 'SIGKILL');
    display.kill();
    await Promise.all(exits);
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  const call = connect(port);
  try {
    const { sessionId, capabilities } = await call('POST', '/session', { capabilities: {} });
    const session = `/session/${sessionId}`;
    await call('POST', `${session}/timeouts`, { script: SCRIPT_LIMIT });
    return {
      version: capabilities.browserVersion,
      visit: (url) => call('POST', `${session}/url`, { url }),
      run: async (job, ...args) =>
        outcomeOf(await call('POST', `${session}/execute/async`, { script: asScript(job), args })),
      close: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** A function that sends a command, once the driver listens. */
function connect(port) {
  const send = async (method, path, body, tries = 100) => {
    // The driver ends a script that takes too long, but may itself be waiting for a page that hangs.
    const signal = AbortSignal.timeout(2 * SCRIPT_LIMIT);
    try {
      return await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body), signal });
    } catch (error) {
      if (tries === 0 || error.cause?.code !== 'ECONNREFUSED') throw error;
      await setTimeout(100);
      return send(method, path, body, tries - 1);
    }
  };
  return async (method, path, body) => {
    const { value } = await (await send(method, path, body)).json();
    if (value?.error) throw new Error(`WebKit: ${value.error}: ${value.message}`);
    return value;
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
