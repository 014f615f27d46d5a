package io.kyanos.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** What an exporter tells by HTTP, wherever it runs. */
final class Exporter {

    private static final Duration OFTEN = Duration.ofMillis(50);
    /* Of records that a filter leaves out there is no sum to wait for. */
    private static final int LOOKS_AT_THE_SAME = 20;
    private static final Pattern ADDRESS = Pattern.compile("metrics at (http://\\S+)/metrics");
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Patience.LIMIT).build();

    private final String address;

    private Exporter(String address) {
        this.address = address;
    }

    /** Once it is healthy at the address that {@code error}, its standard error, tells. */
    static Exporter await(BooleanSupplier isAlive, Supplier<String> error) {
        Awaitility.await("an exporter")
                .pollInterval(OFTEN)
                .failFast(() -> {
                    if (!isAlive.getAsBoolean()) {
                        throw new AssertionError("ended at once:\n" + error.get());
                    }
                })
                .until(() -> ADDRESS.matcher(error.get()).find());
        Matcher told = ADDRESS.matcher(error.get());
        told.find();
        Exporter exporter = new Exporter(told.group(1));
        Awaitility.await("a healthy exporter")
                .pollInterval(OFTEN)
                .until(() -> exporter.get("/healthz").statusCode() == 200);
        return exporter;
    }

    /** {@code http://127.0.0.1:PORT}. */
    String address() {
        return address;
    }

    /** What it answers to a GET. */
    HttpResponse<String> get(String path) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(address + path))
                    .timeout(Patience.LIMIT)
                    .build();
            return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    Scrape scrape() {
        HttpResponse<String> answer = get("/metrics");
        if (answer.statusCode() != 200) {
            throw new AssertionError("/metrics: " + answer.statusCode() + "\n" + answer.body());
        }
        return new Scrape(answer.body());
    }

    /** Scrapes until the assertion holds, whatever else goes on; fails with its last message when it never does. */
    Scrape awaitUnderLoad(Consumer<Scrape> assertion) {
        Scrape[] last = new Scrape[1];
        Awaitility.await().pollInterval(OFTEN).untilAsserted(() -> {
            last[0] = scrape();
            assertion.accept(last[0]);
        });
        return last[0];
    }

    /** As {@link #awaitUnderLoad}. Gives a scrape for which it holds and in which all that the connections gave out has been added up. */
    Scrape await(Consumer<Scrape> assertion) {
        Scrape last = awaitUnderLoad(assertion);
        int unchanged = 0;
        while (!isAtRest(last) && unchanged < LOOKS_AT_THE_SAME) {
            LockSupport.parkNanos(OFTEN.toNanos());
            Scrape next = scrape();
            unchanged = emitted(next) == emitted(last) && counted(next) == counted(last) ? unchanged + 1 : 0;
            last = next;
        }
        // what rests by one metric of a scrape may have moved since another was read
        last = scrape();
        assertion.accept(last);
        return last;
    }

    private static boolean isAtRest(Scrape seen) {
        return seen.sum("kyanos_credit_in_flight") == 0 && counted(seen) == emitted(seen);
    }

    private static double counted(Scrape seen) {
        return seen.sum("kyanos_requests_total");
    }

    private static double emitted(Scrape seen) {
        return seen.sum("kyanos_stage_emitted_items_total", "stage", "emit");
    }
}
