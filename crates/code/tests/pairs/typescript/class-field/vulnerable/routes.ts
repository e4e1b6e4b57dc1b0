import { Router } from "express";
import { Toolkit } from "./toolkit";

const servers = new Map([["files", { command: "/opt/mcp/files", args: [] as string[] }]]);
export const router = Router();

router.post("/toolkit", async (req, res) => {
  const toolkit = new Toolkit(req.body.server);
  await toolkit.initialize();
  res.json(toolkit.tools);
});
