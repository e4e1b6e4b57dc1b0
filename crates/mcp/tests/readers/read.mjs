// Reads one JSON text per line from standard input and says what it holds, in the words of tests/readers.rs.

import { readFileSync } from "node:fs";

const hex = (text) => Buffer.from(text, "utf8").toString("hex");

const double = (number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(number === 0 ? 0 : number);
  return bytes.toString("hex");
};

function said(value) {
  if (value === null) return "n";
  if (value === true) return "t";
  if (value === false) return "f";
  if (typeof value === "number") return "#" + double(value);
  if (typeof value === "string") return '"' + hex(value);
  if (Array.isArray(value)) return "[" + value.map((element) => said(element) + ",").join("") + "]";
  const members = Object.entries(value).map(([name, element]) => [hex(name), said(element)]);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return "{" + members.map(([name, element]) => name + "!" + element + ",").join("") + "}";
}

const lines = readFileSync(0, "utf8").split("\n");
lines.pop();
process.stdout.write(lines.map((line) => said(JSON.parse(line)) + "\n").join(""));
