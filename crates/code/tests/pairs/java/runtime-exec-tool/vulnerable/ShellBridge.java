package com.acme.bridge;

import io.javalin.Javalin;
import io.javalin.http.Context;

/** Bridges an HTTP client to an MCP server on stdio. */
public class ShellBridge {
    public static void main(String[] args) {
        Javalin app = Javalin.create();
        app.get("/bridge", ShellBridge::bridge);
        app.start(7070);
    }

    static void bridge(Context ctx) throws Exception {
        String command = ctx.queryParam("command");
        Process server = Runtime.getRuntime().exec(command);
        ctx.result("jsonrpc " + server.pid());
    }
}
