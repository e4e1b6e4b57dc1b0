import { spawn } from 'node:child_process';

export function spawnServer(command: string, args: string[]) {
  const child = spawn(command, args, { stdio: 'pipe' });
  child.stdin.write(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize' }) + '\n');
  return child.pid;
}
