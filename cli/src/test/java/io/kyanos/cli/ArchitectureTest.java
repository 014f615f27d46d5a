package io.kyanos.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The arrows between the modules and inside the pipeline, as ARCHITECTURE.md draws them. */
class ArchitectureTest {

    private static final String OURS = "io.kyanos..";
    private static final String BRIDGE = "io.kyanos.bridge..";
    private static final String EVENT = "io.kyanos.event..";
    private static final String RECORD = "io.kyanos.record..";
    private static final String EXPRESSION = "io.kyanos.expression..";
    private static final String PROTOCOL = "io.kyanos.protocol..";
    private static final String CONNECTION = "io.kyanos.connection..";
    private static final String PROCESS = "io.kyanos.process..";
    private static final String CAPTURE = "io.kyanos.capture..";
    private static final String RECORDING = "io.kyanos.recording..";
    private static final String PACKET = "io.kyanos.packet..";
    private static final String SINK = "io.kyanos.sink..";
    private static final String METADATA = "io.kyanos.metadata..";
    private static final String ACTOR = "io.kyanos.actor..";
    private static final String REPLAY = "io.kyanos.replay..";
    private static final String WAY_IN = "io.kyanos";
    private static final String CLI = "io.kyanos.cli..";
    private static final String PEKKO = "org.apache.pekko..";
    private static final Set<String> JUNK_DRAWERS =
            Set.of("common", "util", "utils", "core", "impl", "manager", "helper", "helpers");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("io.kyanos");

    @Test
    void knowsEveryPackage() {
        Set<String> packages = CLASSES.stream()
                .map(JavaClass::getPackageName)
                .map(name -> name.split("\\.", 4))
                .map(words -> words.length == 2 ? "" : words[2])
                .collect(Collectors.toSet());

        assertThat(packages)
                .containsExactlyInAnyOrder(
                        "bridge",
                        "event",
                        "record",
                        "expression",
                        "protocol",
                        "connection",
                        "capture",
                        "process",
                        "recording",
                        "packet",
                        "sink",
                        "metadata",
                        "actor",
                        "replay",
                        "",
                        "cli");
    }

    @Test
    void bridgeKnowsNothingOfOurs() {
        knowsOnly(BRIDGE);
    }

    @Test
    void eventKnowsNothingOfOurs() {
        knowsOnly(EVENT);
    }

    @Test
    void recordKnowsNothingOfOurs() {
        knowsOnly(RECORD);
    }

    @Test
    void expressionKnowsProtocolsAndRecordsAlone() {
        knowsOnly(EXPRESSION, PROTOCOL, RECORD);
    }

    @Test
    void protocolKnowsRecordsAlone() {
        knowsOnly(PROTOCOL, RECORD);
    }

    @Test
    void protocolsDoNotKnowEachOther() {
        // What several need of SQL, and all versions of HTTP, stands beside them
        slices().matching("io.kyanos.protocol.(*)..")
                .should()
                .notDependOnEachOther()
                .ignoreDependency(resideInAPackage(PROTOCOL), resideInAPackage("io.kyanos.protocol.sql"))
                .ignoreDependency(resideInAPackage(PROTOCOL), resideInAPackage("io.kyanos.protocol.web"))
                .ignoreDependency(resideInAPackage(PROTOCOL), resideInAPackage("io.kyanos.protocol.streamed"))
                .ignoreDependency(resideInAPackage(PROTOCOL), resideInAPackage("io.kyanos.protocol.grpc"))
                .check(CLASSES);
    }

    @Test
    void connectionKnowsEventsProtocolsAndRecordsAlone() {
        knowsOnly(CONNECTION, EVENT, PROTOCOL, RECORD);
    }

    @Test
    void captureKnowsTheBridgeAndEventsAndNamesAndTheSidesOfRecords() {
        knowsOnly(CAPTURE, BRIDGE, EVENT, PROCESS, RECORD);
    }

    @Test
    void processKnowsEventsAlone() {
        knowsOnly(PROCESS, EVENT);
    }

    @Test
    void recordingKnowsEventsAndConnectionsAlone() {
        knowsOnly(RECORDING, EVENT, PROTOCOL, CONNECTION, RECORD);
    }

    @Test
    void packetKnowsEventsAlone() {
        knowsOnly(PACKET, EVENT);
    }

    @Test
    void sinkKnowsRecordsAlone() {
        knowsOnly(SINK, RECORD);
    }

    @Test
    void metadataKnowsEventsAndNamesAlone() {
        knowsOnly(METADATA, CAPTURE, CONNECTION, EVENT, PROCESS);
    }

    @Test
    void actorsKnowMetadataAndThePipelineAlone() {
        knowsOnly(ACTOR, METADATA, CAPTURE, CONNECTION, EVENT, PROTOCOL, RECORD, SINK);
    }

    @Test
    void replayKnowsActorsAndThePipelineAlone() {
        knowsOnly(REPLAY, ACTOR, CAPTURE, CONNECTION, EVENT, RECORD, RECORDING, SINK);
    }

    @Test
    void theWayInDoesNotKnowTheCommandLine() {
        check(noClasses().that().resideInAPackage(WAY_IN).should().dependOnClassesThat(resideInAPackage(CLI)));
    }

    @Test
    void theCommandLineKnowsNothingBehindTheWayIn() {
        check(noClasses()
                .that()
                .resideInAPackage(CLI)
                .should()
                .dependOnClassesThat(resideInAnyPackage(METADATA, ACTOR, REPLAY)));
    }

    @Test
    void onlyStreamsAndActorsKnowPekko() {
        check(noClasses()
                .that(resideOutsideOfPackages(CAPTURE, SINK, METADATA, ACTOR, REPLAY, WAY_IN, CLI))
                .should()
                .dependOnClassesThat(resideInAPackage(PEKKO)));
    }

    @Test
    void onlyCaptureTheWayInAndTheCommandLineKnowTheBridge() {
        check(noClasses()
                .that(resideOutsideOfPackages(BRIDGE, CAPTURE, WAY_IN, CLI))
                .should()
                .dependOnClassesThat(resideInAPackage(BRIDGE)));
    }

    @Test
    void onlyTheCommandLineSetsUpLogging() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage(CLI)
                .should()
                .dependOnClassesThat(resideInAnyPackage("ch.qos.logback..", "java.util.logging..")));
    }

    @Test
    void hasNoJunkDrawers() {
        assertThat(CLASSES)
                .allSatisfy(type -> assertThat(type.getPackageName().split("\\."))
                        .as(type.getName())
                        .doesNotContainAnyElementsOf(JUNK_DRAWERS));
    }

    private static void knowsOnly(String one, String... others) {
        DescribedPredicate<JavaClass> allowed = resideInAPackage(one).or(resideInAnyPackage(others));
        check(noClasses()
                .that()
                .resideInAPackage(one)
                .should()
                .dependOnClassesThat(resideInAPackage(OURS).and(DescribedPredicate.not(allowed))));
    }

    private static void check(ArchRule rule) {
        rule.check(CLASSES);
    }
}
