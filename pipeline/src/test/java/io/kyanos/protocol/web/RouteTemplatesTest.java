package io.kyanos.protocol.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kyanos.protocol.ByteView;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Message;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTemplatesTest {

    private static final Endpoint SERVER = new Endpoint(new byte[16], 80);
    private static final Endpoint OTHER_SERVER = new Endpoint(new byte[16], 81);

    private final RouteTemplates routes = new RouteTemplates(List.of());

    @ParameterizedTest
    @CsvSource({
        "/, /",
        "//, /",
        "/users, /users",
        "/users/, /users",
        "//users//42, /users/{id}",
        "/users/42, /users/{id}",
        "/users/42/orders/7, /users/{id}/orders/{id}",
        "/api/v1/items/0f8fad5b-d9cb-469f-a165-70867728950e, /api/v1/items/{id}",
        "/api/v2/items/deadbeef, /api/v2/items/{id}",
        "/events/01ARZ3NDEKTSV4RRFFQ69G5FAV, /events/{id}",
        "/blobs/d41d8cd98f00b204e9800998ecf8427e, /blobs/{id}",
        "/verify/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmN, /verify/{id}",
        "/reports/2024-05-01, /reports/{id}",
        "/users/me@example.org, /users/{id}",
        "/search/%41%42, /search/{id}",
        "/users/J%C3%BCrgen, /users/{id}",
        "/items;jsessionid=AB12/7;x=y, /items/{id}",
        "/favicon.ico, /favicon.ico",
        "/users/42.json, /users/{id}",
        "/bytes/1024, /bytes/{id}",
        "/users/-5, /users/{id}",
        "/users/~me, /users/{id}",
        "/users/$metadata, /users/{id}",
    })
    void replacesWhatVaries(String path, String route) {
        assertThat(label(path, "200")).isEqualTo(route);
        assertThat(labelInSteps(path, "200")).isEqualTo(route);
    }

    @Test
    void cutsDeepPaths() {
        assertThat(label("/users".repeat(8), "200")).isEqualTo("/users".repeat(8));
        assertThat(label("/users".repeat(9), "200")).isEqualTo("/users".repeat(8) + "/*");
        assertThat(label("/x/".repeat(5000), "200")).isEqualTo("/x" + "/{id}".repeat(7) + "/*");
        assertThat(label("/kiosk".repeat(9), "200")).isEqualTo("/kiosk".repeat(8) + "/*");
    }

    @ParameterizedTest
    @ValueSource(strings = {"200", "201", "204", "206", "301", "304", "401", "403", "409", "422", "429", "500", "503"})
    void countsTheFirstAnsweredRequestOfAnEndpointUnderItsRoute(String status) {
        assertThat(label("/frobnicate/42/getUserById", status)).isEqualTo("/frobnicate/{id}/getUserById");
        assertThat(label("/frobnicate/43/getUserById", "404")).isEqualTo("/frobnicate/{id}/getUserById");
        assertThat(label("/frobnicate", null)).isEqualTo("/frobnicate");
    }

    @ParameterizedTest
    @ValueSource(strings = {"400", "404", "405", "501"})
    void admitsNothingThatItsServerDoesNotServe(String status) {
        for (int i = 0; i < 100; i++) {
            assertThat(label("/frobnicate", status)).isEqualTo("/{id}");
        }

        assertThat(label("/frobnicate", "200")).isEqualTo("/frobnicate");
        assertThat(label("/frobnicate/wibble", status)).isEqualTo("/frobnicate/{id}");
    }

    @Test
    void admitsNothingThatIsNotAnswered() {
        assertThat(label("/frobnicate", null)).isEqualTo("/{id}");
        assertThat(label("/users/frobnicate", null)).isEqualTo("/users/{id}");
    }

    @Test
    void admitsByEveryMethod() {
        assertThat(named(routes, SERVER, HttpMethod.POST, "/frobnicate", "201")).isEqualTo("POST /frobnicate");
        assertThat(named(routes, SERVER, HttpMethod.GET, "/frobnicate", "405")).isEqualTo("GET /frobnicate");
        assertThat(named(routes, SERVER, HttpMethod.HEAD, "/frobnicate", "404")).isEqualTo("HEAD /frobnicate");
    }

    @Test
    void keepsAnAdmittedWordBeforeWordsAndValuesThatAreNew() {
        label("/frobnicate", "200");

        assertThat(label("/frobnicate/summary", "200")).isEqualTo("/frobnicate/summary");
        assertThat(label("/frobnicate/archive/42", "404")).isEqualTo("/frobnicate/archive/{id}");
        assertThat(label("/frobnicate/42", "200")).isEqualTo("/frobnicate/{id}");
    }

    @Test
    void learnsOfOneServerNothingAboutAnother() {
        label("/frobnicate", "200");

        assertThat(named(routes, OTHER_SERVER, HttpMethod.GET, "/frobnicate", "404"))
                .isEqualTo("GET /{id}");
        assertThat(named(routes, OTHER_SERVER, HttpMethod.GET, "/frobnicate", "200"))
                .isEqualTo("GET /frobnicate");
    }

    @Test
    void takesTheLabelOfARequestThatIsUnderWayFromItsOwnAnswer() {
        ServerRoutes early = routes.of(SERVER);
        Asked first = asked(early, HttpMethod.GET, "/frobnicate");
        Asked second = asked(early, HttpMethod.GET, "/frobnicate");
        Asked third = asked(early, HttpMethod.GET, "/frobnicate");

        early.decide(first, answer("404"), 1);
        early.decide(second, answer("200"), 2);
        early.decide(third, null, 3);

        assertThat(List.of(first.operation(), second.operation(), third.operation()))
                .containsExactly("GET /{id}", "GET /frobnicate", "GET /frobnicate");
    }

    @Test
    void holdsSoManyWordsAtAPlaceAndNoMore() {
        RouteTemplates small = new RouteTemplates(List.of(), new RouteSettings(true, 3, 10, 1000));
        for (String name : List.of("alice", "bobby", "carol")) {
            assertThat(named(small, SERVER, HttpMethod.GET, "/users/" + name, "200"))
                    .isEqualTo("GET /users/" + name);
        }

        assertThat(named(small, SERVER, HttpMethod.GET, "/users/david", "200")).isEqualTo("GET /users/{id}");
        assertThat(named(small, SERVER, HttpMethod.GET, "/users/alice", "200")).isEqualTo("GET /users/alice");
        assertThat(named(small, SERVER, HttpMethod.GET, "/users/settings", "200"))
                .isEqualTo("GET /users/settings");
        assertThat(named(small, SERVER, HttpMethod.GET, "/orders/david", "200")).isEqualTo("GET /orders/david");
        assertThat(small.boundsMet()).containsEntry("words_per_place", 1L);
    }

    @Test
    void asksNoAnswerForWordsOfAPlaceThatIsFull() {
        RouteTemplates small = new RouteTemplates(List.of(), new RouteSettings(true, 1, 10, 1000));
        ServerRoutes mine = small.of(SERVER);
        named(small, SERVER, HttpMethod.GET, "/users/alice", "200");
        named(small, SERVER, HttpMethod.GET, "/users/42", "200");

        assertThat(operation(mine, HttpMethod.GET, "/users/bobby")).isEqualTo("GET /users/{id}");
        assertThat(operation(mine, HttpMethod.GET, "/users/alice")).isEqualTo("GET /users/alice");
    }

    @Test
    void showsOnlyTheVocabularyAndPatternsIfConfigured() {
        RouteTemplates known = new RouteTemplates(List.of("/kiosk/{name}"), new RouteSettings(false, 24, 10, 1000));

        assertThat(named(known, SERVER, HttpMethod.GET, "/patients/mariacurie", "200"))
                .isEqualTo("GET /patients/{id}");
        assertThat(named(known, SERVER, HttpMethod.GET, "/patients/mariacurie", "200"))
                .isEqualTo("GET /patients/{id}");
        assertThat(named(known, SERVER, HttpMethod.GET, "/kiosk/lockers", "200"))
                .isEqualTo("GET /kiosk/{name}");
        assertThat(operation(known.of(SERVER), HttpMethod.GET, "/frobnicate")).isEqualTo("GET /{id}");
    }

    @Test
    void leavesTheLabelsOfEndpointsAsTheyWereWhateverAScannerAsksFor() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> endpoints = endpoints(20);
        List<String> before = endpoints.stream().map(path -> label(path, "200")).toList();

        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            seen.add(label("/" + word("spoken", random) + "/" + word("letters", random), "404"));
        }

        assertThat(seen).as("seed %d", seed).containsExactly("/{id}/{id}");
        assertThat(endpoints.stream().map(path -> label(path, "200")))
                .isEqualTo(before)
                .isEqualTo(endpoints);
    }

    @Test
    void leavesRoomForEndpointsThatShowAfterAScannerThatGuessesWell() {
        RouteTemplates small = new RouteTemplates(List.of(), new RouteSettings(true, 24, 10, 400));
        List<String> words = List.of("users", "orders", "items", "api", "health", "login", "search", "admin");
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            StringBuilder path = new StringBuilder();
            for (int s = random.nextInt(6); s >= 0; s--) {
                path.append('/').append(words.get(random.nextInt(words.size())));
            }
            named(small, SERVER, HttpMethod.GET, path.toString(), "404");
        }

        for (String endpoint : endpoints(20)) {
            assertThat(named(small, SERVER, HttpMethod.GET, endpoint, "200"))
                    .as("seed %d", seed)
                    .isEqualTo("GET " + endpoint);
        }
        assertThat(small.boundsMet().get("routes")).isPositive();
    }

    @Test
    void keepsTheEndpointsOfAServerThatAnswersAScannerWithSuccess() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> endpoints = endpoints(20);
        endpoints.forEach(path -> label(path, "200"));

        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            seen.add(label("/" + word("spoken", random), "200"));
        }

        assertThat(seen).as("seed %d", seed).hasSize(24 - 20 + 1).contains("/{id}");
        assertThat(endpoints.stream().map(path -> label(path, "200"))).isEqualTo(endpoints);
        assertThat(routes.boundsMet().get("words_per_place")).isPositive();
    }

    @Test
    void givesOneServerNoMoreThanItsShareOfTheRoutes() {
        RouteTemplates shared = new RouteTemplates(List.of(), new RouteSettings(true, 24, 10, 1000));
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            String path =
                    "/" + segment("spoken", random) + "/" + segment("spoken", random) + "/" + segment("spoken", random);
            named(shared, SERVER, HttpMethod.GET, path, "200");
        }

        for (String endpoint : endpoints(20)) {
            assertThat(named(shared, OTHER_SERVER, HttpMethod.GET, endpoint, "200"))
                    .as("seed %d", seed)
                    .isEqualTo("GET " + endpoint);
        }
        assertThat(shared.wordsOf(SERVER).size()).isEqualTo(100);
    }

    @Test
    void showsNoWordsOfServersBeyondTheirNumber() {
        RouteTemplates few = new RouteTemplates(List.of(), new RouteSettings(true, 24, 2, 1000));
        for (int port = 1; port <= 4; port++) {
            Endpoint server = new Endpoint(new byte[16], port);
            String word = port <= 2 ? "frobnicate" : "{id}";
            assertThat(named(few, server, HttpMethod.GET, "/frobnicate/1", "200"))
                    .isEqualTo("GET /" + word + "/{id}");
            assertThat(named(few, server, HttpMethod.GET, "/users/1", "200")).isEqualTo("GET /users/{id}");
        }

        assertThat(few.boundsMet()).containsEntry("servers", 2L);
    }

    @Test
    void namesInStepsByTheOrderOfAnswersNotOfThreads() {
        List<String> paths = endpoints(40);
        List<List<String>> runs = new ArrayList<>();
        for (int run = 0; run < 5; run++) {
            RouteTemplates inSteps = new RouteTemplates(List.of()).inSteps();
            ServerRoutes mine = inSteps.of(SERVER);
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < paths.size(); i++) {
                order.add(i);
            }
            Collections.shuffle(order, new Random(run));
            Asked[] requests = new Asked[paths.size()];
            for (int i : order) {
                requests[i] = asked(mine, HttpMethod.GET, paths.get(i));
                mine.decide(requests[i], answer(i % 10 == 0 ? "404" : "200"), i);
            }
            assertThat(requests)
                    .allSatisfy(request -> assertThat(request.operation()).isEqualTo("GET"));
            inSteps.settle();
            runs.add(Arrays.stream(requests).map(Asked::operation).toList());
        }

        assertThat(runs).allSatisfy(run -> assertThat(run).isEqualTo(runs.get(0)));
        assertThat(runs.get(0).subList(0, 3))
                .containsExactly("GET /{id}", "GET " + paths.get(1), "GET " + paths.get(2));
        assertThat(Set.copyOf(runs.get(0))).hasSize(24 + 1);
    }

    @Test
    void namesInStepsWhatIsSettledAtOnce() {
        RouteTemplates inSteps = new RouteTemplates(List.of()).inSteps();
        named(inSteps, SERVER, HttpMethod.GET, "/frobnicate/1", "200");

        assertThat(operation(inSteps.of(SERVER), HttpMethod.GET, "/frobnicate/2"))
                .isEqualTo("GET /frobnicate/{id}");
        assertThat(operation(inSteps.of(SERVER), HttpMethod.GET, "/frobnicate/wibble"))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "xkqzvtrp",
                "aeiouaei",
                "a1b2c3",
                "user42",
                "step1",
                "item-7",
                "app.3f9a2b.js",
                "QWxhZGRpbg",
                "10.0.0.1",
                "q",
                "abc123",
                "AbCdEfGh",
                "x_",
                "-x",
                "a--b",
                "abcdefghijklmnopqrstu",
                "été"
            })
    void neverAdmitsWhatIsNoWord(String segment) {
        assertThat(label("/users/" + segment, "200")).isEqualTo("/users/{id}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "busy",
                "kv",
                "gql",
                "TX",
                "enqueue",
                "strengths",
                "getUserById",
                "oauth2-proxy",
                "api-v2",
                "forgot_password",
                "openapi.yaml",
                "forgotpassword",
            })
    void admitsWords(String segment) {
        assertThat(label("/users/" + segment, "200")).isEqualTo("/users/" + segment);
    }

    @ParameterizedTest
    @ValueSource(strings = {"letters", "alphanumeric", "bytes", "spoken", "uuid", "base64", "short"})
    void tenThousandRandomPathsLeaveNoRoutes(String kind) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Set<String> operations = new HashSet<>();

        for (int i = 0; i < 10_000; i++) {
            StringBuilder path = new StringBuilder();
            for (int s = random.nextInt(6); s >= 0; s--) {
                path.append('/').append(segment(kind, random));
            }
            operations.add("GET " + label(path.toString(), "404"));
        }

        Set<String> segments = new HashSet<>();
        operations.forEach(
                o -> segments.addAll(List.of(o.substring("GET /".length()).split("/"))));
        segments.removeAll(Set.of("{id}", "*"));
        assertThat(segments).as("%s, seed %d", kind, seed).allMatch(RouteTemplatesTest::isEverybodysWord);
        assertThat(operations).as("%s, seed %d", kind, seed).hasSizeLessThanOrEqualTo(10 + 20 * segments.size());
    }

    @Test
    void boundsTheNumberOfRoutes() {
        List<String> words = List.of("users", "orders", "items", "api", "health", "login", "search", "admin");
        RouteTemplates small = new RouteTemplates(List.of(), new RouteSettings(true, 24, 10, 50));
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Set<String> found = new HashSet<>();

        for (int i = 0; i < 10_000; i++) {
            StringBuilder path = new StringBuilder();
            for (int s = random.nextInt(8); s >= 0; s--) {
                path.append('/').append(words.get(random.nextInt(words.size())));
            }
            found.add(named(small, SERVER, HttpMethod.GET, path.toString(), "200"));
        }

        assertThat(found).as("seed %d", seed).hasSizeLessThanOrEqualTo(102);
    }

    @Test
    void prefersTheOperatorsPatterns() {
        RouteTemplates given =
                new RouteTemplates(List.of("/users/me", "/users/{user}/orders/{order}", "/static/*", "/x/{any}/", "/"));

        assertThat(route(given, "/users/me")).isEqualTo("/users/me");
        assertThat(route(given, "/users/bob/orders/xyz")).isEqualTo("/users/{user}/orders/{order}");
        assertThat(route(given, "/users/bob/orders")).isEqualTo("/users/{id}/orders");
        assertThat(route(given, "/static/a/b/c.js")).isEqualTo("/static/*");
        assertThat(route(given, "/static")).isEqualTo("/static/*");
        assertThat(route(given, "/staticx")).isEqualTo("/{id}");
        assertThat(route(given, "/x/1")).isEqualTo("/x/{any}/");
        assertThat(route(given, "/")).isEqualTo("/");
    }

    @Test
    void takesASingleLetterForAWordOnlyAtTheBeginning() {
        assertThat(label("/x", "404")).isEqualTo("/{id}");
        assertThat(label("/x", "200")).isEqualTo("/x");
        assertThat(label("/u/8412/X", "200")).isEqualTo("/u/{id}/{id}");
        assertThat(label("/photos/a/b", "200")).isEqualTo("/photos/{id}/{id}");
        assertThat(label("/7", "200")).isEqualTo("/{id}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"users", "", "/a/*/b", "/a/{", "/a/x{id}", "/a?b", "/a b", "/a/{}"})
    void refusesPatternsThatMakeNoSense(String pattern) {
        assertThatThrownBy(() -> new RouteTemplates(List.of(pattern)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("route pattern: '" + pattern + "'");
    }

    @Test
    void givesTheSameStringForTheSameOperation() {
        String first = operation(routes.of(SERVER), HttpMethod.GET, "/users/1");
        String busy = named(routes, SERVER, HttpMethod.GET, "/busy", "200");

        assertThat(operation(routes.of(OTHER_SERVER), HttpMethod.GET, "/users/2"))
                .isSameAs(first);
        assertThat(operation(routes.of(OTHER_SERVER), HttpMethod.POST, "/users/2"))
                .isEqualTo("POST /users/{id}");
        assertThat(operation(routes.of(SERVER), HttpMethod.GET, "/busy")).isSameAs(busy);
        assertThat(named(routes, OTHER_SERVER, HttpMethod.GET, "/busy", "200")).isSameAs(busy);
    }

    @Test
    void isSharedByManyThreads() throws InterruptedException {
        List<String> words = endpoints(30);
        Set<String> found = ConcurrentHashMap.newKeySet();
        Thread[] threads = new Thread[4];
        for (int t = 0; t < threads.length; t++) {
            int first = t;
            threads[t] = new Thread(() -> {
                for (int i = 0; i < 20_000; i++) {
                    found.add(label("/users/" + (first + i) + "/orders/" + i, "200"));
                    found.add(label(words.get(i % words.size()), "200"));
                }
            });
            threads[t].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(found).contains("/users/{id}/orders/{id}", "/{id}").hasSize(24 + 2);
        assertThat(routes.wordsOf(SERVER).at(routes.root())).isEqualTo(24);
    }

    private static boolean isEverybodysWord(String segment) {
        ByteView view = ByteView.of(segment);
        return RouteVocabulary.contains(PathWord.hash(view, 0, view.length()), view, 0, view.length());
    }

    /** A segment that is no word of the vocabulary, as "delete" is. */
    private static String word(String kind, Random random) {
        while (true) {
            ByteView view = ByteView.of(segment(kind, random));
            if (!RouteVocabulary.contains(PathWord.hash(view, 0, view.length()), view, 0, view.length())) {
                return view.latin1(0, view.length());
            }
        }
    }

    private static String segment(String kind, Random random) {
        return switch (kind) {
            case "letters" -> characters("abcdefghijklmnopqrstuvwxyz", 6 + random.nextInt(10), random);
            case "alphanumeric" ->
                characters("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 8, random);
            case "spoken" ->
                characters("bdfgklmnprst", 1, random)
                        + characters("aeiou", 1, random)
                        + characters("bdfgklmnprst", 1, random)
                        + characters("aeiou", 1, random)
                        + characters("bdfgklmnprst", 1, random)
                        + characters("aeiou", 1, random);
            case "uuid" -> new UUID(random.nextLong(), random.nextLong()).toString();
            case "short" -> characters("abcdefghijklmnopqrstuvwxyz", 3, random);
            case "bytes" -> {
                byte[] bytes = new byte[1 + random.nextInt(30)];
                random.nextBytes(bytes);
                yield "~" + new String(bytes, StandardCharsets.ISO_8859_1).replace('/', '~');
            }
            default -> {
                byte[] bytes = new byte[12];
                random.nextBytes(bytes);
                yield "x" + Base64.getUrlEncoder().encodeToString(bytes);
            }
        };
    }

    private static String characters(String alphabet, int count, Random random) {
        StringBuilder made = new StringBuilder();
        for (int i = 0; i < count; i++) {
            made.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return made.toString();
    }

    /** Paths of one word each, none of the vocabulary. */
    private static List<String> endpoints(int count) {
        List<String> endpoints = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            endpoints.add("/endpoint" + (char) ('a' + i / 5) + "eiouy".charAt(i % 5));
        }
        return endpoints;
    }

    private String label(String path, @Nullable String status) {
        return named(routes, SERVER, HttpMethod.GET, path, status).substring("GET ".length());
    }

    private String labelInSteps(String path, String status) {
        return named(routes.inSteps(), SERVER, HttpMethod.GET, path, status).substring("GET ".length());
    }

    private static String route(RouteTemplates routes, String path) {
        return named(routes, SERVER, HttpMethod.GET, path, "404").substring("GET ".length());
    }

    /** The label under which the request counts when it has been answered so. */
    private static String named(
            RouteTemplates routes, Endpoint server, HttpMethod method, String path, @Nullable String status) {
        ServerRoutes mine = routes.of(server);
        Asked request = asked(mine, method, path);
        if (request.isUndecided()) {
            mine.decide(request, status == null ? null : answer(status), 0);
            routes.settle();
        }
        return request.operation();
    }

    private static Asked asked(ServerRoutes routes, HttpMethod method, String path) {
        ByteView view = ByteView.of(path);
        String operation = operation(routes, method, path);
        return new Asked(
                method,
                operation == null ? method.label() : operation,
                operation == null ? PathSegments.essence(view, 0, view.length()) : "");
    }

    private static Message answer(String status) {
        return new Answer(status, 0);
    }

    private static @Nullable String operation(ServerRoutes routes, HttpMethod method, String path) {
        ByteView view = ByteView.of(path);
        return routes.operation(method, view, 0, view.length());
    }

    private static final class Asked implements RoutedRequest {

        private final HttpMethod method;
        private String operation;
        private String undecidedPath;

        Asked(HttpMethod method, String operation, String undecidedPath) {
            this.method = method;
            this.operation = operation;
            this.undecidedPath = undecidedPath;
        }

        String operation() {
            return operation;
        }

        boolean isUndecided() {
            return !undecidedPath.isEmpty();
        }

        @Override
        public HttpMethod method() {
            return method;
        }

        @Override
        public String undecidedPath() {
            return undecidedPath;
        }

        @Override
        public void decided(String as) {
            operation = as;
            undecidedPath = "";
        }
    }

    private record Answer(String status, long wireBytes) implements Message {}
}
