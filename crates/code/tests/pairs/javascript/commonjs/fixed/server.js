const express = require("express");
const { launch } = require("./launch");

const app = express();
app.post("/launch", function (req, res) {
  launch("/opt/mcp/files", ["--root", "/srv"]).then((tools) => res.json(tools));
});
