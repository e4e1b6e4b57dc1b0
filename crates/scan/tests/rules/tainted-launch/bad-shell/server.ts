import express from "express";
import { connect } from "./launch.js";

const app = express();
app.post("/connect", async (req, res) => {
  res.json(await connect(req.body));
});
