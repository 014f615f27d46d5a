package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import io.kyanos.KnownKeys;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.dispatch.MessageDispatcher;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No key of a {@code reference.conf} is decoration. Each is given a value of a wrong kind in turn: what reads it says so and
 * names it, and a key that nothing reads is found by nobody saying anything.
 */
class ReferenceKeysTest {

    private static final Config REFERENCE = ConfigFactory.defaultReference();
    private static final String BYTES = "\\d+ ?([KMGT]i)?B";
    private static final String DURATION = "\\d+ ?(ns|us|ms|s|seconds|minutes|hours|days)";

    private final List<ActorSystem> systems = new ArrayList<>();

    @AfterEach
    void terminate() throws Exception {
        for (ActorSystem system : systems) {
            system.terminate();
            system.getWhenTerminated().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @MethodSource("keysOfOurs")
    void everyKeyIsRead(String key) {
        assertThat(problems(REFERENCE.withValue(key, wrongKind("a test"))))
                .as("problems with a wrong %s", key)
                .anyMatch(problem -> problem.contains(key));
    }

    @ParameterizedTest
    @MethodSource("keysOfDispatchers")
    void everyDispatcherKeyIsReadByPekko(String key) {
        String path = dispatchers().filter(key::startsWith).findFirst().orElseThrow();
        String origin = "the wrong " + key;
        ActorSystem system = system(withThreads(path).withValue(key, wrongKind(origin)));

        assertThatThrownBy(() -> threadOf(system, path))
                .as("a dispatcher with a wrong %s", key)
                .satisfies(thrown -> assertThat(messages(thrown)).anyMatch(message -> message.contains(origin)));
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void everyNumberHasALowerBound(String key) {
        assertThat(problems(REFERENCE.withValue(key, beyond(key, "-1", "-1 B", "-1 s"))))
                .as("problems with too little for %s", key)
                .anyMatch(problem -> problem.contains(key));
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void everyNumberHasAnUpperBound(String key) {
        String most = Integer.toString(Integer.MAX_VALUE);
        assertThat(problems(REFERENCE.withValue(key, beyond(key, most, "8192 GiB", "100000 days"))))
                .as("problems with too much for %s", key)
                .anyMatch(problem -> problem.contains(key));
    }

    @ParameterizedTest
    @MethodSource("pools")
    void usesAsManyThreadsAsConfigured(String path) throws Exception {
        String pool = path + ".fork-join-executor.";
        Config three = withThreads(path)
                .withValue(pool + "parallelism-min", ConfigValueFactory.fromAnyRef(3))
                .withValue(pool + "parallelism-max", ConfigValueFactory.fromAnyRef(3));

        Thread thread = threadOf(system(three), path);

        assertThat(thread.getName()).contains(path);
        assertThat(((ForkJoinWorkerThread) thread).getPool().getParallelism()).isEqualTo(3);
    }

    @Test
    void eachOfSeveralRoutersHasAThread() throws Exception {
        String path = "kyanos.actors.router-dispatcher";

        assertThat(threadOf(system(REFERENCE), path).getName()).contains(path);
    }

    /** Also for a dispatcher that has none by default. */
    private static Config withThreads(String dispatcher) {
        if (isPinned(dispatcher)) {
            return REFERENCE;
        }
        return REFERENCE.withValue(dispatcher + ".executor", ConfigValueFactory.fromAnyRef("fork-join-executor"));
    }

    @Test
    void everySettingThatIsReadIsUsed() {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .withImportOption(location -> !location.contains("-tests.jar"))
                .importPackages("io.kyanos");
        List<JavaClass> settings = classes.stream()
                .filter(type ->
                        type.isRecord() && outermost(type).getSimpleName().endsWith("Settings"))
                .toList();

        assertThat(settings)
                .extracting(JavaClass::getSimpleName)
                .contains("CaptureSettings", "ConnectionSettings", "ActorSettings", "MetricsSettings", "Exporter");
        assertThat(settings.stream().flatMap(ReferenceKeysTest::unused)).isEmpty();
    }

    @Test
    void thereAreKeysOfAllModules() {
        assertThat(keysOfOurs())
                .contains("kyanos.capture.rings.syscall", "kyanos.actors.record-queue", "kyanos.exporter.threads");
        assertThat(dispatchers())
                .containsExactlyInAnyOrder(
                        "kyanos.actors.connection-dispatcher",
                        "kyanos.actors.router-dispatcher",
                        "kyanos.actors.stream-dispatcher");
        assertThat(keysOfDispatchers()).contains("kyanos.actors.stream-dispatcher.throughput");
    }

    @Test
    void theLevelsPassedToPekkoAreOnesItKnows() {
        Config pekko = ConfigFactory.parseResources("kyanos-pekko.conf");

        assertThat(pekko.entrySet()).isNotEmpty();
        assertThat(pekko.entrySet().stream().map(Map.Entry::getKey)).allMatch(REFERENCE::hasPathOrNull);
    }

    private static Stream<String> keys() {
        return REFERENCE.getConfig(KnownKeys.ROOT).entrySet().stream()
                .map(entry -> KnownKeys.ROOT + "." + entry.getKey())
                .sorted();
    }

    /** Sections that Pekko reads. */
    static Stream<String> dispatchers() {
        return keys().filter(key -> key.endsWith(".executor")).map(key -> key.substring(0, key.lastIndexOf('.')));
    }

    static Stream<String> pools() {
        return dispatchers().filter(path -> !isPinned(path));
    }

    private static boolean isPinned(String dispatcher) {
        return REFERENCE.getString(dispatcher + ".type").equals("PinnedDispatcher");
    }

    static Stream<String> keysOfDispatchers() {
        return keys().filter(ReferenceKeysTest::isOfDispatcher);
    }

    static Stream<String> keysOfOurs() {
        return keys().filter(key -> !isOfDispatcher(key));
    }

    /** Keys whose values are numbers, sizes or times, or lists of those. */
    static Stream<String> numbers() {
        return keys().filter(key -> {
            String text = first(key);
            return text.matches("-?[0-9.]+") || text.matches(BYTES) || text.matches(DURATION);
        });
    }

    /** Where no key wants one: a section. What reads it tells of its origin. */
    private static ConfigValue wrongKind(String origin) {
        return ConfigValueFactory.fromMap(Map.of("wrong", "kind"), origin);
    }

    private static boolean isOfDispatcher(String key) {
        return dispatchers().anyMatch(path -> key.startsWith(path + "."));
    }

    private static ConfigValue beyond(String key, String number, String bytes, String duration) {
        String text = first(key);
        String value = text.matches(BYTES) ? bytes : text.matches(DURATION) ? duration : number;
        boolean isList = REFERENCE.getValue(key).valueType() == ConfigValueType.LIST;
        return ConfigValueFactory.fromAnyRef(isList ? List.of(value) : value);
    }

    private static String first(String key) {
        ConfigValue value = REFERENCE.getValue(key);
        if (value instanceof ConfigList list) {
            return list.isEmpty() ? "" : String.valueOf(list.get(0).unwrapped());
        }
        return String.valueOf(value.unwrapped());
    }

    /** What each module that reads settings says of these. */
    private static List<String> problems(Config config) {
        return Assembly.settingsReadersOfAllModules().stream()
                .flatMap(reader -> {
                    try {
                        reader.accept(config);
                        return Stream.empty();
                    } catch (ConfigException e) {
                        return Stream.of(String.valueOf(e.getMessage()));
                    }
                })
                .toList();
    }

    private ActorSystem system(Config config) {
        Config quiet = ConfigFactory.parseResources("kyanos-pekko.conf").withFallback(config);
        ActorSystem system = ActorSystem.create("keys", quiet.resolve());
        systems.add(system);
        return system;
    }

    /** The thread that something runs in on this dispatcher. */
    private static Thread threadOf(ActorSystem system, String path) throws Exception {
        MessageDispatcher dispatcher = system.dispatchers().lookup(path);
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        dispatcher.execute(() -> thread.complete(Thread.currentThread()));
        return thread.get(30, TimeUnit.SECONDS);
    }

    private static Stream<String> messages(Throwable thrown) {
        return Stream.iterate(thrown, Objects::nonNull, Throwable::getCause)
                .map(each -> String.valueOf(each.getMessage()));
    }

    private static JavaClass outermost(JavaClass type) {
        return type.getEnclosingClass().map(ReferenceKeysTest::outermost).orElse(type);
    }

    /** Components that no class outside of the settings asks for, neither by themselves nor by a method that works them out. */
    private static Stream<String> unused(JavaClass settings) {
        return Stream.of(settings.reflect().getRecordComponents())
                .map(RecordComponent::getName)
                .filter(name -> !isAskedFor(settings.getMethod(name))
                        && settings.getField(name).getAccessesToSelf().stream()
                                .map(JavaAccess::getOrigin)
                                .noneMatch(ReferenceKeysTest::isAskedFor))
                .map(name -> settings.getSimpleName() + "." + ConfigUtil.quoteString(name));
    }

    private static boolean isAskedFor(JavaCodeUnit method) {
        return !method.isConstructor()
                && method.getAccessesToSelf().stream()
                        .map(JavaAccess::getOriginOwner)
                        .anyMatch(origin -> !outermost(origin).equals(outermost(method.getOwner())));
    }
}
