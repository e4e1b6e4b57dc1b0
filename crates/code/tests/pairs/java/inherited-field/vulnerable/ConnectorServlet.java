package com.acme.connect;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

public class ConnectorServlet extends HttpServlet {
    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String title = request.getParameter("title");
        String program = request.getParameter("program");
        BaseConnector connector = new CustomConnector(title, program);
        connector.transport();
        response.getWriter().println(connector.title());
    }
}
