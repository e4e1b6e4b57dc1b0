import { ipcMain } from 'electron';
import { spawnServer } from './mcp';

export interface ServerConfig {
  command: string;
  args: string[];
}

ipcMain.handle('mcp:start', async (_event, config: ServerConfig) => {
  return spawnServer(config.command, config.args);
});
