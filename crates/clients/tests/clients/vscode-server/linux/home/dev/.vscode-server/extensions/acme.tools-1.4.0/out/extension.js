const vscode = require("vscode");
exports.activate = () => {
  vscode.lm.registerMcpServerDefinitionProvider("acme.tools", {
    provideMcpServerDefinitions: () => [
      new vscode.McpStdioServerDefinition("Acme tools", "node", ["/opt/acme/server.js"], { LOG_LEVEL: "info" }, "1.4.0"),
    ],
  });
};
