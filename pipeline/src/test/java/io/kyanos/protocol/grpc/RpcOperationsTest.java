package io.kyanos.protocol.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.web.HttpMethod;
import io.kyanos.protocol.web.RouteSettings;
import io.kyanos.protocol.web.RoutedRequest;
import io.kyanos.record.Endpoint;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RpcOperationsTest {

    private static final Endpoint SERVER = new Endpoint(new byte[16], 80);
    private static final Endpoint OTHER_SERVER = new Endpoint(new byte[16], 81);

    private RpcOperations operations = new RpcOperations(RouteSettings.DEFAULT);

    @ParameterizedTest
    @CsvSource({
        "/shop.v1.Orders/Place, shop.v1.Orders/Place",
        "/Orders/place_2, Orders/place_2",
        "/grpc.health.v1.Health/Check, grpc.health.v1.Health/Check",
    })
    void namesWhatAServerHasShownToHave(String path, String operation) {
        assertThat(label(SERVER, path, true)).isEqualTo(operation);
        assertThat(label(SERVER, path, false)).isEqualTo(operation);
    }

    @Test
    void doesNotNameWhatNoServerHasShownToHave() {
        assertThat(label(SERVER, "/made.up.By/Client", false)).isEqualTo("other");
        assertThat(label(SERVER, "/shop.Orders/Place", true)).isEqualTo("shop.Orders/Place");
        assertThat(label(OTHER_SERVER, "/shop.Orders/Place", false)).isEqualTo("other");
        assertThat(label(SERVER, "/shop.Orders/Plac", false)).isEqualTo("other");
    }

    @Test
    void namesServicesOfGrpcWithoutProof() {
        assertThat(label(SERVER, "/grpc.health.v1.Health/Watch", false)).isEqualTo("grpc.health.v1.Health/Watch");
        assertThat(label(SERVER, "/grpc.health.v1.Health/Other", false)).isEqualTo("other");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "*",
                "/Orders",
                "/Orders/",
                "//Place",
                "/Orders/Place/7",
                "/a%20b/c",
                "/a b/c",
                "Orders/Place",
                "/shop-orders/Place",
                "/ä/b",
            })
    void doesNotNameWhatIsNoNameEvenIfItIsAnswered(String path) {
        assertThat(label(SERVER, path, true)).isEqualTo("other");
    }

    @Test
    void doesNotNameWhatIsTooLong() {
        String longest = "/" + "a".repeat(RpcOperations.MAX_BYTES - 2) + "/b";

        assertThat(label(SERVER, longest, true)).isEqualTo(longest.substring(1));
        assertThat(label(SERVER, longest + "b", true)).isEqualTo("other");
    }

    @Test
    void namesNothingOfItsOwnWhereOnlyKnownWordsShallBe() {
        operations = new RpcOperations(new RouteSettings(false, 24, 10_000, 10_000));

        assertThat(label(SERVER, "/shop.Orders/Place", true)).isEqualTo("other");
        assertThat(label(SERVER, "/grpc.health.v1.Health/Check", true)).isEqualTo("grpc.health.v1.Health/Check");
    }

    @Test
    void keepsToItsBoundsAndCountsWhatMeetsThem() {
        operations = new RpcOperations(new RouteSettings(true, 2, 2, 3));
        assertThat(label(SERVER, "/a.A/One", true)).isEqualTo("a.A/One");
        assertThat(label(SERVER, "/a.A/Two", true)).isEqualTo("a.A/Two");

        assertThat(label(SERVER, "/a.A/Three", true)).isEqualTo("other");
        assertThat(label(OTHER_SERVER, "/a.A/Three", true)).isEqualTo("a.A/Three");
        assertThat(label(OTHER_SERVER, "/a.A/Four", true)).isEqualTo("other");
        assertThat(label(OTHER_SERVER, "/a.A/One", true)).isEqualTo("a.A/One");
        assertThat(label(new Endpoint(new byte[16], 82), "/a.A/One", true)).isEqualTo("other");
        assertThat(label(SERVER, "/a.A/One", false)).isEqualTo("a.A/One");
        Map<String, Long> met = new TreeMap<>(Map.of("routes", 5L));
        operations.countBoundsMet(met);
        assertThat(met).isEqualTo(Map.of("routes", 7L, "servers", 1L));
    }

    @Test
    void namesInStepsInTheOrderOfTheAnswers() {
        RpcOperations inSteps = new RpcOperations(new RouteSettings(true, 1, 10, 1)).inSteps();
        Call late = new Call("a.A/Late");
        Call early = new Call("a.A/Early");
        Call unproven = new Call("a.A/Unproven");
        RpcOperations.OfServer server = inSteps.of(SERVER);
        assertThat(server.operation(ByteView.of("/a.A/Late"), 9)).isNull();
        server.decide(late, true, 200);
        server.decide(early, true, 100);
        server.decide(unproven, false, 50);
        assertThat(late.operation).isEmpty();
        assertThat(server.operation(ByteView.of("/a.A/Late"), 9)).isNull();

        inSteps.settle();

        assertThat(early.operation).isEqualTo("a.A/Early");
        assertThat(late.operation).isEqualTo("other");
        assertThat(unproven.operation).isEqualTo("other");
        assertThat(server.operation(ByteView.of("/a.A/Early"), 10)).isEqualTo("a.A/Early");
    }

    private String label(Endpoint of, String path, boolean proves) {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        ByteView view = new ByteView(bytes, 0, bytes.length);
        RpcOperations.OfServer server = operations.of(of);
        String known = server.operation(view, view.length());
        if (known != null) {
            return known;
        }
        Call call = new Call(path.substring(1));
        server.decide(call, proves, 0);
        return call.operation;
    }

    private static final class Call implements RoutedRequest {

        private final String name;
        private String operation = "";

        Call(String name) {
            this.name = name;
        }

        @Override
        public HttpMethod method() {
            return HttpMethod.OTHER;
        }

        @Override
        public String undecidedPath() {
            return name;
        }

        @Override
        public void decided(String as) {
            operation = as;
        }
    }
}
