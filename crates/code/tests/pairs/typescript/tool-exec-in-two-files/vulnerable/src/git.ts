import { exec, execFile } from "node:child_process";
import { promisify } from "node:util";

const execAsync = promisify(exec);
const execFileAsync = promisify(execFile);

export class Git {
  constructor(private readonly folder: string) {}

  async log(branch: string): Promise<string> {
    const { stdout } = await execAsync(`git -C ${this.folder} log ${branch}`);
    return stdout;
  }
}
