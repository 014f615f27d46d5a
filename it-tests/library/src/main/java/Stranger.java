import io.kyanos.CaptureControl;
import io.kyanos.CaptureRequest;
import io.kyanos.Kyanos;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;

/** Captures for a moment and says how that went, or, where it is not allowed to, why. */
final class Stranger {

    public static void main(String[] arguments) throws Exception {
        ActorSystem system = ActorSystem.create("stranger");
        try {
            Pair<CaptureControl, CompletionStage<Done>> capture = Kyanos.get(system)
                    .source(CaptureRequest.EVERYTHING)
                    .toMat(Sink.ignore(), Keep.both())
                    .run(system);
            try {
                String transport = capture.first().statistics().transport();
                capture.first().stop().toCompletableFuture().get(30, TimeUnit.SECONDS);
                capture.second().toCompletableFuture().get(30, TimeUnit.SECONDS);
                System.out.println("captured by " + transport);
            } catch (RuntimeException refused) {
                System.out.println("refused: " + refused.getMessage());
            }
        } finally {
            system.terminate();
            system.getWhenTerminated().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }
}
