package com.acme.connect;

class CustomConnector extends BaseConnector {
    private final String title;

    CustomConnector(String title, String program) {
        super(program);
        this.title = title;
    }

    @Override
    String title() {
        return title;
    }
}
