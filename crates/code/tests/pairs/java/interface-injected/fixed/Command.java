package com.acme.di;

import java.util.List;

public record Command(String program, List<String> args) {}
