package io.kyanos.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.kyanos.actor.KnownKeys;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The layers of settings: {@code --set}, then the operator's file, then what the modules' {@code reference.conf} say. Under
 * {@value KnownKeys#ROOT} only keys that some {@code reference.conf} has are taken.
 */
final class Configuration {

    private static final String CONFIG = "--config";
    private static final String FLAG = "--set";
    private static final int MAX_PIPED_BYTES = 4 << 20;
    /* How the library describes the origin of the sections that it makes around a key. */
    private static final String SECTION_OF_A_SET_KEY = "withValue(";

    private Configuration() {}

    /** @throws UsageException or {@link ConfigException} naming key, place and what is expected */
    static Config load(@Nullable Path file, List<String> sets) {
        Config reference = ConfigFactory.parseResources("kyanos-pekko.conf")
                .withFallback(ConfigFactory.defaultReferenceUnresolved());
        Config user = ConfigFactory.empty();
        for (String set : sets) {
            user = parseSet(set).withFallback(user);
        }
        if (file != null) {
            user = user.withFallback(parseFile(file));
        }
        user = user.resolveWith(user.withFallback(reference));
        Config resolvedReference = reference.resolve();
        new KnownKeys(resolvedReference, Configuration::place, "kyanos config prints all keys.").check(user);
        return user.withFallback(resolvedReference);
    }

    /** The same settings, where those that the user gave have the meanings that {@code reference.conf} tells of them. */
    static Config explained(Config config) {
        Config explained = config;
        for (Map.Entry<String, ConfigValue> known :
                ConfigFactory.defaultReference().withOnlyPath(KnownKeys.ROOT).entrySet()) {
            ConfigValue value = config.getValue(known.getKey());
            List<String> meaning = known.getValue().origin().comments();
            if (value.origin().comments().isEmpty()) {
                ConfigOrigin origin = value.origin().withComments(meaning);
                explained = explained.withValue(known.getKey(), value.withOrigin(origin));
            }
        }
        return explained;
    }

    private static Config parseFile(Path file) {
        if (!Files.exists(file) || Files.isDirectory(file)) {
            throw new UsageException(CONFIG, file.toString(), "a file that exists");
        }
        if (!Files.isReadable(file)) {
            throw new UsageException(CONFIG, file.toString(), "a file that may be read");
        }
        ConfigParseOptions options =
                ConfigParseOptions.defaults().setAllowMissing(false).setOriginDescription(file.toString());
        return Files.isRegularFile(file)
                ? ConfigFactory.parseFile(file.toFile(), options)
                : ConfigFactory.parseString(content(file), options);
    }

    /* A pipe can be read once, and has neither a name's ending nor a folder for what it includes. */
    private static String content(Path pipe) {
        try (InputStream in = Files.newInputStream(pipe)) {
            byte[] bytes = in.readNBytes(MAX_PIPED_BYTES + 1);
            if (bytes.length > MAX_PIPED_BYTES) {
                throw new UsageException(
                        CONFIG + ": " + pipe + ": does not end (expected: <= " + MAX_PIPED_BYTES + " bytes)");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("read " + pipe + ": " + e.getMessage(), e);
        }
    }

    private static Config parseSet(String set) {
        int equals = set.indexOf('=');
        if (equals < 1) {
            throw new UsageException(FLAG, set, "KEY=VALUE");
        }
        String key = set.substring(0, equals).strip();
        String value = set.substring(equals + 1).strip();
        List<String> path;
        try {
            path = ConfigUtil.splitPath(key);
        } catch (ConfigException.BadPath e) {
            throw new UsageException(FLAG, key, "a key like kyanos.exporter.listen");
        }
        if (path.size() < 2) {
            throw new UsageException(FLAG, key, "a key like kyanos.exporter.listen");
        }
        ConfigParseOptions options = ConfigParseOptions.defaults().setOriginDescription(FLAG);
        try {
            Config parsed = ConfigFactory.parseString("value = " + value, options);
            return ConfigFactory.empty().withValue(key, parsed.root().getOrDefault("value", text(value)));
        } catch (ConfigException.Parse ignored) {
            /* Quotes are needed around 127.0.0.1:9410 in a file; who types it on a command line means the text. */
            return ConfigFactory.empty().withValue(key, text(value));
        }
    }

    private static ConfigValue text(String value) {
        return ConfigValueFactory.fromAnyRef(value, FLAG);
    }

    /** Where a value stands, as the beginning of a message. */
    private static String place(ConfigOrigin origin) {
        boolean fromFlag =
                origin.description().startsWith(FLAG) || origin.description().startsWith(SECTION_OF_A_SET_KEY);
        return fromFlag ? FLAG : origin.description();
    }
}
