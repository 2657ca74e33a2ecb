// npm, as the tests call it: what stands still is ended, with all that it started, and begun once more.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How long a command may take, in milliseconds: many times what any of them needs. */
const TIME_LIMIT = 240_000;

/**
 * Runs npm in a folder. A download or a bundler may stand still for ever, such as one whose worker the system ended.
 *
 * @throws where npm fails, or stands still twice
 */
export async function npm(cwd, ...args) {
  if (await ends(cwd, args)) return;
  console.warn(`npm ${args[0]} in ${cwd} was not done after ${TIME_LIMIT / 1000} s, and is begun once more`);
  if (!(await ends(cwd, args))) throw new Error(`npm ${args[0]} in ${cwd} stands still`);
}

/** Runs npm, and says whether it ended by itself. */
async function ends(cwd, args) {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
  // In a group of its own, as npm's own end would leave what it started running.
  const child = spawn('npm', args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    process.kill(-child.pid, 'SIGKILL');
  }, TIME_LIMIT);
  const [code] = await once(child, 'exit').finally(() => clearTimeout(timer));
  if (code !== 0 && !isLate) throw new Error(`npm ${args.join(' ')} in ${cwd} failed`);
  return !isLate;
}
