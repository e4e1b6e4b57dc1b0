const express = require("express");
const { launch } = require("./launch");

const app = express();
app.post("/launch", function (req, res) {
  launch(req.body.command, ["--root", "/srv"]).then((tools) => res.json(tools));
});
