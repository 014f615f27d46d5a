package io.kyanos.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import io.kyanos.KnownKeys;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The layers of settings: {@code --set}, then system properties ({@code -Dkyanos.KEY=VALUE}), then the operator's file, then
 * what the modules' {@code reference.conf} say. Under {@value KnownKeys#ROOT} only keys that some {@code reference.conf} has
 * are taken.
 */
final class Configuration {

    /**
     * System properties under {@value KnownKeys#ROOT} that are no settings: where the native library is, what the build is
     * told, and what our tests are told in their JVM.
     */
    static final List<String> NO_SETTINGS =
            List.of("kyanos.native.path", "kyanos.home", "kyanos.version", "kyanos.deb", "kyanos.it", "kyanos.fuzz");

    private static final int MAX_PIPED_BYTES = 4 << 20;
    private static final String FLAG = "--set";
    private static final String PROPERTY = "system property";
    private static final String FILE_FLAG = "--config";
    private static final String FILE_PROPERTY = "config.file";
    private static final String RESOURCE_PROPERTY = "config.resource";
    private static final String URL_PROPERTY = "config.url";
    private static final String ENVIRONMENT_PROPERTY = "config.override_with_env_vars";

    private static final Pattern WRONG_TYPE =
            Pattern.compile("(.*): (\\S+) has type \\S+ rather than (NUMBER|BOOLEAN)");

    private Configuration() {}

    /**
     * The effective settings.
     *
     * @param file what {@code --config} names
     * @param properties those of the system, or a substitute for them
     * @throws UsageException or {@link ConfigException} naming key, place and what is expected
     */
    static Config load(@Nullable Path file, List<String> sets, Properties properties) {
        Config reference = ConfigFactory.parseResources("kyanos-pekko.conf")
                .withFallback(ConfigFactory.defaultReferenceUnresolved());
        Config resolvedReference = reference.resolve();
        Config user = ConfigFactory.empty();
        for (String set : sets) {
            user = parseSet(set).withFallback(user);
        }
        user = user.withFallback(overrides(properties, resolvedReference)).withFallback(application(file, properties));
        user = user.resolveWith(user.withFallback(reference));
        new KnownKeys(resolvedReference, ConfigOrigin::description, "kyanos config prints all keys.").check(user);
        return user.withFallback(resolvedReference);
    }

    /** The same settings, where those that the user gave have the meanings that {@code reference.conf} tells of them. */
    static Config explained(Config config) {
        Config explained = config;
        /* The resolved reference of the library has the system properties in it. */
        Config reference = ConfigFactory.defaultReferenceUnresolved().resolve();
        for (Map.Entry<String, ConfigValue> known :
                reference.withOnlyPath(KnownKeys.ROOT).entrySet()) {
            ConfigValue value = config.getValue(known.getKey());
            List<String> meaning = known.getValue().origin().comments();
            if (value.origin().comments().isEmpty()) {
                ConfigOrigin origin = value.origin().withComments(meaning);
                explained = explained.withValue(known.getKey(), value.withOrigin(origin));
            }
        }
        return explained;
    }

    /** The same problem with the value in its message, where the library names only types. */
    static ConfigException withValue(ConfigException.WrongType problem, Config config) {
        Matcher wrong = WRONG_TYPE.matcher(String.valueOf(problem.getMessage()));
        return wrong.matches() && config.hasPath(wrong.group(2))
                ? new ConfigException.Generic(
                        wrong.group(1) + ": " + wrong.group(2) + ": "
                                + config.getValue(wrong.group(2)).unwrapped() + " (expected: "
                                + (wrong.group(3).equals("NUMBER") ? "a number" : "true or false") + ")",
                        problem)
                : problem;
    }

    /* As ConfigFactory.load() has them: with -Dconfig.override_with_env_vars=true CONFIG_FORCE_kyanos_KEY goes before. */
    private static Config overrides(Properties properties, Config reference) {
        Properties settings = new Properties();
        properties.stringPropertyNames().stream()
                .filter(Configuration::isSetting)
                .forEach(name -> settings.setProperty(name, properties.getProperty(name)));
        Config config = withLists(ConfigFactory.parseProperties(settings, from(PROPERTY)), reference);
        return Boolean.parseBoolean(properties.getProperty(ENVIRONMENT_PROPERTY))
                ? ConfigFactory.systemEnvironmentOverrides().withFallback(config)
                : config;
    }

    static boolean isSetting(String property) {
        return NO_SETTINGS.stream().noneMatch(other -> property.equals(other) || property.startsWith(other + "."));
    }

    /* A property is a text. Where a list belongs, [a,b] can only mean one: key.0=a -Dkey.1=b is what nobody remembers. */
    private static Config withLists(Config properties, Config reference) {
        Config config = properties;
        for (Map.Entry<String, ConfigValue> known :
                reference.withOnlyPath(KnownKeys.ROOT).entrySet()) {
            String key = known.getKey();
            if (known.getValue().valueType() == ConfigValueType.LIST
                    && properties.hasPath(key)
                    && properties.getValue(key).valueType() == ConfigValueType.STRING
                    && properties.getString(key).startsWith("[")) {
                config = config.withValue(key, parseValue(properties.getString(key), PROPERTY));
            }
        }
        return config;
    }

    private static Config application(@Nullable Path file, Properties properties) {
        Map<String, String> given = new LinkedHashMap<>();
        if (file != null) {
            given.put(FILE_FLAG, file.toString());
        }
        for (String name : List.of(FILE_PROPERTY, RESOURCE_PROPERTY, URL_PROPERTY)) {
            String value = properties.getProperty(name);
            if (value != null) {
                given.put("-D" + name, value);
            }
        }
        if (given.size() > 1) {
            throw new UsageException(given.entrySet().stream()
                            .map(one -> one.getKey() + " " + one.getValue())
                            .collect(Collectors.joining(" and "))
                    + ": several settings files (expected: one; in it, include \"FILE\" takes in another)");
        }
        if (file != null) {
            return parseFile(FILE_FLAG, file);
        }
        String resource = properties.getProperty(RESOURCE_PROPERTY);
        String url = properties.getProperty(URL_PROPERTY);
        String path = properties.getProperty(FILE_PROPERTY);
        return path != null
                ? parseFile("-D" + FILE_PROPERTY, Path.of(path))
                : resource != null ? parseResource(resource) : url != null ? parseUrl(url) : ConfigFactory.empty();
    }

    private static Config parseFile(String flag, Path file) {
        if (!Files.exists(file) || Files.isDirectory(file)) {
            throw new UsageException(flag, file.toString(), "a file that exists");
        }
        if (!Files.isReadable(file)) {
            throw new UsageException(flag, file.toString(), "a file that may be read");
        }
        return Files.isRegularFile(file)
                ? ConfigFactory.parseFile(file.toFile(), from(file.toString()))
                : ConfigFactory.parseString(content(flag, file), from(file.toString()));
    }

    /* A pipe can be read once, and has neither a name's ending nor a folder for what it includes. */
    private static String content(String flag, Path pipe) {
        try (InputStream in = Files.newInputStream(pipe)) {
            byte[] bytes = in.readNBytes(MAX_PIPED_BYTES + 1);
            if (bytes.length > MAX_PIPED_BYTES) {
                throw new UsageException(
                        flag + ": " + pipe + ": does not end (expected: <= " + MAX_PIPED_BYTES + " bytes)");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("read " + pipe + ": " + e.getMessage(), e);
        }
    }

    private static Config parseResource(String resource) {
        String name = resource.startsWith("/") ? resource.substring(1) : resource;
        if (Configuration.class.getClassLoader().getResource(name) == null) {
            throw new UsageException(
                    "-D" + RESOURCE_PROPERTY,
                    resource,
                    "on the class path of kyanos. Hint: -Dconfig.file takes a file");
        }
        return ConfigFactory.parseResources(Configuration.class.getClassLoader(), name, from(resource));
    }

    private static Config parseUrl(String url) {
        try {
            return ConfigFactory.parseURL(new URL(url), from(url));
        } catch (MalformedURLException e) {
            throw new UsageException("-D" + URL_PROPERTY, url, "a URL, like file:///etc/kyanos/application.conf");
        } catch (ConfigException.IO e) {
            throw new UsageException("-D" + URL_PROPERTY, url, "a URL that can be read");
        }
    }

    private static ConfigParseOptions from(String origin) {
        return ConfigParseOptions.defaults().setAllowMissing(false).setOriginDescription(origin);
    }

    private static Config parseSet(String set) {
        int equals = set.indexOf('=');
        if (equals < 1) {
            throw new UsageException(FLAG, set, "KEY=VALUE");
        }
        String key = set.substring(0, equals).strip();
        List<String> path;
        try {
            path = ConfigUtil.splitPath(key);
        } catch (ConfigException.BadPath e) {
            throw new UsageException(FLAG, key, "a key like kyanos.exporter.listen");
        }
        if (path.size() < 2) {
            throw new UsageException(FLAG, key, "a key like kyanos.exporter.listen");
        }
        ConfigValue value = parseValue(set.substring(equals + 1).strip(), FLAG);
        for (int i = path.size() - 1; i > 0; i--) {
            value = ConfigValueFactory.fromMap(Map.of(path.get(i), value), FLAG);
        }
        return ConfigValueFactory.fromMap(Map.of(path.get(0), value), FLAG).toConfig();
    }

    private static ConfigValue parseValue(String text, String origin) {
        ConfigValue asText = ConfigValueFactory.fromAnyRef(text, origin);
        try {
            return from(ConfigFactory.parseString("value = " + text).root().getOrDefault("value", asText), origin);
        } catch (ConfigException.Parse ignored) {
            /* Quotes are needed around 127.0.0.1:9410 in a file; who types it on a command line means the text. */
            return asText;
        }
    }

    /** The same value, which comes from there as a whole: the line of a text that was never in a file tells nothing. */
    private static ConfigValue from(ConfigValue value, String origin) {
        if (value instanceof ConfigList list) {
            return ConfigValueFactory.fromIterable(
                    list.stream().map(element -> from(element, origin)).toList(), origin);
        }
        if (value instanceof ConfigObject section) {
            Map<String, ConfigValue> inner = new LinkedHashMap<>();
            section.forEach((key, element) -> inner.put(key, from(element, origin)));
            return ConfigValueFactory.fromMap(inner, origin);
        }
        return value.withOrigin(ConfigOriginFactory.newSimple(origin));
    }
}
