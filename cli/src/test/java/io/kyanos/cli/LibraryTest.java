package io.kyanos.cli;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.typesafe.config.ConfigFactory;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** What other programs embed asks nothing of them and changes nothing around it: all modules but the command line. */
class LibraryTest {

    private static final JavaClasses LIBRARY = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("io.kyanos")
            .that(DescribedPredicate.not(resideInAnyPackage("io.kyanos.cli..")));

    /** The JVM loads a native library once per process, so where it came from is the process's, too. */
    private static final Set<String> STATE_OF_THE_PROCESS = Set.of("io.kyanos.bridge.NativeLibrary.loaded");

    @Test
    void hasTheClassesThatAreEmbedded() {
        assertThat(LIBRARY.stream().map(JavaClass::getName))
                .contains("io.kyanos.Kyanos", "io.kyanos.sink.PrometheusSink", "io.kyanos.bridge.BpfObject")
                .noneMatch(name -> name.startsWith("io.kyanos.cli"));
    }

    @Test
    void publicSignaturesHoldNoScalaTypes() {
        List<String> signatures = LIBRARY.stream()
                .filter(LibraryTest::isPublic)
                .flatMap(type -> type.getMembers().stream())
                .filter(LibraryTest::isOpen)
                .filter(member ->
                        typesOf(member).anyMatch(type -> type.getName().startsWith("scala.")))
                .map(JavaMember::getFullName)
                .toList();

        assertThat(signatures).isEmpty();
        assertThat(LIBRARY.stream()
                        .filter(LibraryTest::isPublic)
                        .flatMap(type -> type.getMembers().stream())
                        .filter(LibraryTest::isOpen)
                        .flatMap(LibraryTest::typesOf))
                .extracting(JavaClass::getName)
                .contains("org.apache.pekko.stream.javadsl.Source");
    }

    @Test
    void theWayInShowsNothingBehindIt() {
        List<JavaClass> shown = LIBRARY.stream()
                .filter(type -> type.getPackageName().equals("io.kyanos"))
                .filter(LibraryTest::isPublic)
                .flatMap(type -> type.getMembers().stream())
                .filter(LibraryTest::isOpen)
                .flatMap(LibraryTest::typesOf)
                .toList();

        assertThat(shown)
                .extracting(JavaClass::getPackageName)
                .contains("io.kyanos", "io.kyanos.sink")
                .doesNotContain("io.kyanos.actor", "io.kyanos.metadata", "io.kyanos.replay");
    }

    @Test
    void neitherEndsTheProcessNorHooksIntoItsEnd() {
        forbid(calls(Runtime.class, "exit|halt|addShutdownHook"));
        forbid(calls(System.class, "exit"));
        forbid(target(owner(nameMatching("sun\\.misc\\.Signal.*"))));
    }

    @Test
    void leavesWhatIsTheProcesssOwnAlone() {
        forbid(calls(System.class, "setProperty|setProperties|clearProperty|setOut|setErr|setIn"));
        forbid(calls(Thread.class, "setDefaultUncaughtExceptionHandler"));
        noClasses()
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(LIBRARY);
    }

    @Test
    void takesItsSettingsFromWhatItIsGiven() {
        forbid(calls(ConfigFactory.class, "load|systemProperties|systemEnvironment|defaultApplication"));
    }

    @Test
    void setsUpNoLogging() {
        noClasses()
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("ch.qos.logback..", "java.util.logging..", "org.apache.log4j.."))
                .check(LIBRARY);
    }

    @Test
    void touchesNoRegistryThatItWasNotGiven() {
        noClasses()
                .should()
                .accessField(CollectorRegistry.class, "defaultRegistry")
                .check(LIBRARY);
        forbid(target(owner(assignableTo(Collector.class))).and(target(name("register"))));
    }

    @Test
    void holdsNoStaticStateButTheNativeLibrarys() {
        List<String> state = LIBRARY.stream()
                .flatMap(type -> type.getFields().stream())
                .filter(field -> field.getModifiers().contains(JavaModifier.STATIC))
                .filter(field -> !field.getModifiers().contains(JavaModifier.SYNTHETIC))
                .filter(LibraryTest::canChange)
                .map(JavaField::getFullName)
                .toList();

        assertThat(state).containsExactlyInAnyOrderElementsOf(STATE_OF_THE_PROCESS);
    }

    @Test
    void everyPackageSaysWhatMayBeNull() throws ClassNotFoundException {
        Set<String> packages =
                LIBRARY.stream().map(JavaClass::getPackageName).collect(java.util.stream.Collectors.toSet());

        assertThat(packages).hasSizeGreaterThan(8);
        for (String each : packages) {
            assertThat(Class.forName(each + ".package-info").isAnnotationPresent(NullMarked.class))
                    .as(each)
                    .isTrue();
        }
    }

    private static boolean canChange(JavaField field) {
        String type = field.getRawType().getName();
        return !field.getModifiers().contains(JavaModifier.FINAL)
                || type.startsWith("java.util.concurrent.")
                || type.equals("java.lang.ThreadLocal")
                || type.matches("java\\.util\\.\\w+(Map|List|Set|Deque|Queue)");
    }

    private static boolean isPublic(JavaClass type) {
        Optional<JavaClass> enclosing = type.getEnclosingClass();
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && enclosing.map(LibraryTest::isPublic).orElse(true);
    }

    private static boolean isOpen(JavaMember member) {
        Set<JavaModifier> modifiers = member.getModifiers();
        return (modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED))
                && !modifiers.contains(JavaModifier.SYNTHETIC)
                && !modifiers.contains(JavaModifier.BRIDGE);
    }

    private static Stream<JavaClass> typesOf(JavaMember member) {
        if (member instanceof JavaCodeUnit unit) {
            return Stream.of(
                            unit.getReturnType().getAllInvolvedRawTypes().stream(),
                            unit.getParameterTypes().stream().flatMap(type -> type.getAllInvolvedRawTypes().stream()),
                            unit.getExceptionTypes().stream())
                    .flatMap(types -> types);
        }
        return ((JavaField) member).getType().getAllInvolvedRawTypes().stream();
    }

    private static DescribedPredicate<JavaAccess<?>> calls(Class<?> type, String methods) {
        return target(owner(name(type.getName()))).and(target(nameMatching(methods)));
    }

    private static void forbid(DescribedPredicate<? super JavaAccess<?>> access) {
        noClasses().should().accessTargetWhere(access).check(LIBRARY);
    }
}
