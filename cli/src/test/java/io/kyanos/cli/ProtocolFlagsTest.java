package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.FilterFlag;
import io.kyanos.record.Attribute;
import io.kyanos.record.RecordFilter;
import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

class ProtocolFlagsTest {

    private static final Attribute TABLE = Attribute.ofRequest("table", "The table");
    private static final Attribute CODE = Attribute.ofResponse("code", "The code");
    private static final FilterFlag TABLES = flag("tables", TABLE, FilterFlag.Match.EQUAL);
    private static final List<Descriptor> PROTOCOLS = List.of(
            Descriptor.named("redis", "Redis")
                    .attributes(List.of(TABLE))
                    .flags(TABLES)
                    .build(),
            Descriptor.named("http", "HTTP")
                    .attributes(List.of(TABLE, CODE))
                    .flags(TABLES, flag("codes", CODE, FilterFlag.Match.EQUAL_IN_ANY_CASE))
                    .build(),
            Descriptor.named("gopher", "Gopher")
                    .attributes(List.of(CODE))
                    .flags(flag("code-prefix", CODE, FilterFlag.Match.PREFIX))
                    .build());

    private final ProtocolFlags flags = new ProtocolFlags(PROTOCOLS);

    @Test
    void protocolsShareTheFlagsThatAreTheSame() {
        CommandSpec command = given();

        assertThat(command.argGroups())
                .extracting(ArgGroupSpec::heading)
                .containsExactly("%nOf Redis and HTTP:%n", "%nOf HTTP:%n", "%nOf Gopher:%n");
        assertThat(flags.exclusions())
                .extracting(OptionSpec::longestName, option -> option.description()[0])
                .contains(tuple("--exclude-tables", "Redis and HTTP: these tables."));
    }

    @Test
    void flagsLimitWhatIsCapturedToTheProtocolsThatHaveThemAll() {
        given("--tables", "a");
        assertThat(flags.limited(Set.of())).containsExactly("redis", "http");
        assertThat(flags.limited(Set.of("http", "gopher"))).containsExactly("http");
    }

    @Test
    void severalFlagsLimitFurther() {
        given("--codes", "7", "--tables", "a");

        assertThat(flags.limited(Set.of())).containsExactly("http");
    }

    @Test
    void exclusionsLimitNothing() {
        given("--exclude-tables", "a");

        assertThat(flags.limited(Set.of())).isEmpty();
    }

    @Test
    void flagsThatNoProtocolHasTogetherMatchNothing() {
        given("--tables", "a", "--code-prefix", "7");

        assertThatThrownBy(() -> flags.limited(Set.of()))
                .hasMessage("flags of Redis and HTTP and of Gopher together match nothing. Hint: use those of one.");
    }

    @Test
    void flagsOfAProtocolThatIsNotAskedForMatchNothing() {
        given("--code-prefix", "7");

        assertThatThrownBy(() -> flags.limited(Set.of("http", "redis")))
                .hasMessage("flags of Gopher match no Redis or HTTP request. Hint: kyanos watch gopher.");
    }

    @Test
    void aFlagFindsAttributesOfTheResponse() {
        given("--codes", "Seven,8");

        RecordFilter filter = flags.conditions().get(0);
        assertThat(filter.needsAttributes()).isTrue();
        assertThat(filter.test(
                        TestRecords.http().responseAttribute("code", "seven").build()))
                .isTrue();
        assertThat(filter.test(TestRecords.http().responseAttribute("code", "9").build()))
                .isFalse();
    }

    @Test
    void anExclusionLeavesOutOnlyRecordsOfTheProtocolsThatHaveIt() {
        given("--exclude-code-prefix", "4");
        TrafficRecord http = TestRecords.http().responseAttribute("code", "42").build();

        assertThat(flags.conditions()).isEmpty();
        assertThat(flags.exceptions()).hasSize(1);
        assertThat(flags.exceptions().get(0).test(http)).isFalse();
    }

    private CommandSpec given(String... arguments) {
        CommandSpec command = CommandSpec.create();
        flags.addTo(command);
        flags.exclusions().forEach(command::addOption);
        new CommandLine(command).parseArgs(arguments);
        return command;
    }

    private static FilterFlag flag(String name, Attribute attribute, FilterFlag.Match match) {
        return new FilterFlag(name, "VALUE", attribute.name(), match, name, "These " + name + ".", "these " + name);
    }
}
