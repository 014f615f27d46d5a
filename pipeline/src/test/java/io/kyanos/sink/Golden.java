package io.kyanos.sink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Expected outputs in files; {@code -Dgolden.update} rewrites them. */
public final class Golden {

    private static final Path FOLDER = Path.of("src", "test", "resources", "golden");

    private Golden() {}

    public static void assertSame(String file, String actual) throws IOException {
        Path golden = FOLDER.resolve(file);
        if (System.getProperty("golden.update") != null) {
            Files.createDirectories(FOLDER);
            Files.writeString(golden, actual);
        }
        assertThat(golden).as("written by -Dgolden.update").exists();
        assertThat(actual).isEqualTo(Files.readString(golden));
    }

    public static Path path(String file) {
        return FOLDER.resolve(file);
    }
}
