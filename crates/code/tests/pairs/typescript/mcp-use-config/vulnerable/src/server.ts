import express, { Request, Response } from 'express';
import { AgentFactory } from './agent';

const app = express();
app.use(express.json());

app.post('/agents', (req: Request, res: Response) => {
  const agent = new AgentFactory().configure(req.body.mcpServers).build(null);
  res.json({ ready: Boolean(agent) });
});
