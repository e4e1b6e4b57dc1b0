package com.acme.connect;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

public class ConnectorServlet extends HttpServlet {
    private static final String PROGRAM = "/opt/mcp/notes";

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String title = request.getParameter("title");
        BaseConnector connector = new CustomConnector(title, PROGRAM);
        connector.transport();
        response.getWriter().println(connector.title());
    }
}
