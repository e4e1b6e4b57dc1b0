import express, { Request, Response } from 'express';
import { AgentFactory } from './agent';

const app = express();
app.use(express.json());

app.post('/agents', (req: Request, res: Response) => {
  const agent = new AgentFactory().configure({ one: { command: '/opt/mcp/one' } }).build(req.body.llm);
  res.json({ ready: Boolean(agent) });
});
