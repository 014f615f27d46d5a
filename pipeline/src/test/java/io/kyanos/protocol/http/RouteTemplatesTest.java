package io.kyanos.protocol.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kyanos.protocol.ByteView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTemplatesTest {

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
        "/bytes/1024, /{id}/{id}",
        "/users/-5, /users/{id}",
        "/users/~me, /users/{id}",
        "/users/$metadata, /users/{id}",
    })
    void replacesWhatVaries(String path, String route) {
        assertThat(route(routes, path)).isEqualTo(route);

        RouteTemplates inSteps = routes.inSteps();
        assertThat(route(inSteps, path)).as("before it settles").isEqualTo(route);
        inSteps.settle();
        assertThat(route(inSteps, path)).as("settled").isEqualTo(route);
    }

    @Test
    void learnsInStepsNoMatterInWhichOrder() {
        List<String> paths = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            paths.add("/kiosk/" + List.of("lockers", "benches", "tables").get(i % 3) + "/" + i);
            paths.add("/u/person" + (char) ('a' + i % 26) + "/" + i);
        }
        RouteTemplates one = routes.inSteps();
        RouteTemplates other = routes.inSteps();

        paths.forEach(path -> assertThat(route(one, path)).doesNotContain("kiosk"));
        Collections.shuffle(paths);
        paths.forEach(path -> route(other, path));
        one.settle();
        other.settle();

        assertThat(route(one, "/kiosk/lockers/1")).isEqualTo("/kiosk/lockers/{id}");
        paths.forEach(path -> assertThat(route(other, path)).isEqualTo(route(one, path)));
    }

    @Test
    void namesNothingNewInStepsOnceTheRoutesAreUsedUp() {
        RouteTemplates small = new RouteTemplates(List.of(), 1, 32, 2).inSteps();
        route(small, "/users/1");
        small.settle();

        assertThat(route(small, "/users/2")).isEqualTo("/users/{id}");
        assertThat(route(small, "/orders/2")).isEqualTo("/*");
    }

    @Test
    void cutsDeepPaths() {
        assertThat(route(routes, "/users".repeat(8))).isEqualTo("/users".repeat(8));
        assertThat(route(routes, "/users".repeat(9))).isEqualTo("/users".repeat(8) + "/*");
        assertThat(route(routes, "/x/".repeat(5000))).isEqualTo("/x" + "/{id}".repeat(7) + "/*");
    }

    @Test
    void learnsAWordThatRecurs() {
        for (int i = 1; i < RouteTemplates.DEFAULT_SIGHTINGS; i++) {
            assertThat(route(routes, "/kyanos/frobnicate")).isEqualTo("/{id}/{id}");
        }

        assertThat(route(routes, "/kyanos")).isEqualTo("/kyanos");
        assertThat(route(routes, "/kyanos/frobnicate")).isEqualTo("/kyanos/{id}");
    }

    @Test
    void takesWordsAtOnceIfToldSo() {
        RouteTemplates eager = new RouteTemplates(List.of(), 1, 8, 100);

        assertThat(route(eager, "/kyanos/getUserById/oauth2-proxy")).isEqualTo("/kyanos/getUserById/oauth2-proxy");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "xkqzvtrp",
                "aeiouaei",
                "a1b2c3",
                "abc123",
                "AbCdEfGh",
                "x_",
                "-x",
                "a--b",
                "abcdefghijklmnopqrstu",
                "été"
            })
    void neverLearnsWhatIsNoWord(String segment) {
        RouteTemplates eager = new RouteTemplates(List.of(), 1, 8, 100);

        assertThat(route(eager, "/users/" + segment)).isEqualTo("/users/{id}");
    }

    @Test
    void collapsesAPlaceThatHoldsNames() {
        RouteTemplates small = new RouteTemplates(List.of(), 2, 3, 100);
        for (String name : List.of("alice", "bob", "carol")) {
            route(small, "/users/" + name);
            assertThat(route(small, "/users/" + name)).isEqualTo("/users/" + name);
        }

        route(small, "/users/dave");
        route(small, "/users/dave");

        for (String name : List.of("alice", "bob", "carol", "dave")) {
            assertThat(route(small, "/users/" + name)).isEqualTo("/users/{id}");
        }
        assertThat(route(small, "/users/settings")).isEqualTo("/users/settings");
    }

    @ParameterizedTest
    @ValueSource(strings = {"letters", "alphanumeric", "bytes", "spoken", "uuid", "base64", "short"})
    void lets10000RandomPathsLeaveNothingOfThemselves(String kind) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Set<String> operations = new HashSet<>();

        for (int i = 0; i < 10_000; i++) {
            StringBuilder path = new StringBuilder();
            for (int s = random.nextInt(6); s >= 0; s--) {
                path.append('/').append(segment(kind, random));
            }
            operations.add(operation(routes, HttpMethod.GET, path.toString()));
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
        RouteTemplates small = new RouteTemplates(List.of(), 3, 32, 50);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Set<String> found = new HashSet<>();

        for (int i = 0; i < 10_000; i++) {
            StringBuilder path = new StringBuilder();
            for (int s = random.nextInt(8); s >= 0; s--) {
                path.append('/').append(words.get(random.nextInt(words.size())));
            }
            found.add(route(small, path.toString()));
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
    void labelsASingleLetterAlwaysTheSame() {
        RouteTemplates routes = new RouteTemplates(List.of());
        for (int i = 0; i < 50; i++) {
            assertThat(route(routes, "/x")).isEqualTo("/x");
            assertThat(route(routes, "/u/8412/X")).isEqualTo("/u/{id}/{id}");
            assertThat(route(routes, "/photos/a/b")).isEqualTo("/photos/{id}/{id}");
            assertThat(route(routes, "/7")).isEqualTo("/{id}");
        }
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
        String first = operation(routes, HttpMethod.GET, "/users/1");

        assertThat(operation(routes, HttpMethod.GET, "/users/2")).isSameAs(first);
        assertThat(operation(routes, HttpMethod.POST, "/users/2")).isEqualTo("POST /users/{id}");
    }

    @Test
    void isSharedByManyThreads() throws InterruptedException {
        Set<String> found = ConcurrentHashMap.newKeySet();
        Thread[] threads = new Thread[4];
        for (int t = 0; t < threads.length; t++) {
            int first = t;
            threads[t] = new Thread(() -> {
                for (int i = 0; i < 20_000; i++) {
                    found.add(route(routes, "/users/" + (first + i) + "/orders/" + i));
                    found.add(route(routes, "/kyanos"));
                }
            });
            threads[t].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(found)
                .contains("/users/{id}/orders/{id}", "/kyanos")
                .isSubsetOf("/users/{id}/orders/{id}", "/kyanos", "/{id}");
    }

    @Test
    void learnsTwoWordsThatTakeTurns() {
        for (String other : List.of("lorem", "ipsum", "dolor", "amet", "consul", "tempor", "magna", "aliqua")) {
            RouteTemplates fresh = new RouteTemplates(List.of());
            for (int i = 0; i < 50; i++) {
                route(fresh, "/kyanos");
                route(fresh, "/" + other);
            }

            assertThat(route(fresh, "/kyanos")).isEqualTo("/kyanos");
            assertThat(route(fresh, "/" + other)).isEqualTo("/" + other);
        }
    }

    private static boolean isEverybodysWord(String segment) {
        ByteView view = ByteView.of(segment);
        return RouteVocabulary.contains(PathWord.hash(view, 0, view.length()), view, 0, view.length());
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

    private static String route(RouteTemplates routes, String path) {
        return operation(routes, HttpMethod.GET, path).substring("GET ".length());
    }

    private static String operation(RouteTemplates routes, HttpMethod method, String path) {
        ByteView view = ByteView.of(path);
        return routes.operation(method, view, 0, view.length());
    }
}
