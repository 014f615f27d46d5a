package io.kyanos;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;

/** Gives the classes of its parent, and of its reference.conf files those that say nothing of kyanos. */
final class WithoutOurReference extends ClassLoader {

    WithoutOurReference(ClassLoader parent) {
        super(parent);
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
        List<URL> others = new ArrayList<>();
        for (URL found : Collections.list(super.getResources(name))) {
            if (!name.equals("reference.conf") || !text(found).contains("\nkyanos")) {
                others.add(found);
            }
        }
        return Collections.enumeration(others);
    }

    private static String text(URL url) throws IOException {
        try (InputStream in = url.openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
