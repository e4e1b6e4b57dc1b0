const ALLOWED = new Set(['npx', 'node']);
const DENIED_FLAGS = ['-c', '-e', '--eval', '--call'];

export function assertSafe(command: string, args: string[]) {
  if (!ALLOWED.has(command)) {
    throw new Error('command is not allowed');
  }
  if (args.some((arg) => DENIED_FLAGS.includes(arg))) {
    throw new Error('flag is not allowed');
  }
}
