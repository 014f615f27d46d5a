package io.kyanos;

import com.typesafe.config.Config;
import io.kyanos.capture.CaptureSettings;
import io.kyanos.capture.KernelCapture;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.pekko.actor.typed.ActorSystem;

/** The kernel side of a capture, opened by a thread of its own. */
final class KernelOpening implements PreparedCapture {

    private final Config config;
    private final CaptureRequest request;
    private final CompletableFuture<KernelCapture> kernel;
    private boolean started;

    /** Begins at once. */
    KernelOpening(Config config, CaptureRequest request) {
        this.config = config;
        this.request = request;
        CaptureSettings settings = CaptureSettings.of(Kyanos.withReference(config));
        this.kernel = CompletableFuture.supplyAsync(
                () -> KernelCapture.open(settings, request.filters()), KernelOpening::inThreadOfItsOwn);
    }

    private static void inThreadOfItsOwn(Runnable task) {
        Thread opener = new Thread(task, "kyanos-open");
        opener.setDaemon(true);
        opener.start();
    }

    @Override
    public Capture startIn(ActorSystem<?> system) {
        Capture capture = Kyanos.get(system).start(config, request, List.of(), settings -> await());
        started = true;
        return capture;
    }

    private KernelCapture await() {
        try {
            return kernel.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw e;
        }
    }

    /* The kernel side may still be on its way. */
    @Override
    public void close() {
        if (!started) {
            kernel.thenAccept(KernelCapture::close)
                    .exceptionally(failure -> null)
                    .join();
        }
    }
}
