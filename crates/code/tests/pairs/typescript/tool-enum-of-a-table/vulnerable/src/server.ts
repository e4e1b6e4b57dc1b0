import { FastMCP } from "fastmcp";
import { Pool } from "pg";
import { z } from "zod";

const pool = new Pool();
const server = new FastMCP({ name: "database", version: "1.0.0" });

server.addTool({
  name: "count",
  description: "Counts the rows of a table",
  parameters: z.object({ table: z.string() }),
  execute: async (args) => {
    const { rows } = await pool.query(`SELECT count(*) FROM ${args.table}`);
    return JSON.stringify(rows);
  },
});
