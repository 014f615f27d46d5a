package io.kyanos.actor;

import io.kyanos.connection.Books;
import io.kyanos.event.EventBatch;
import io.kyanos.metadata.ProcessTable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import org.apache.pekko.actor.Terminated;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.SinkShape;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;
import scala.runtime.BoxedUnit;

/**
 * Where a capture's stream of batches ends: hands each batch to all of its routers, each of which takes the events of its own
 * connections and asks for the next batch when it can take one. Can be run once.
 */
/*
 * Nothing is copied: an event is marked with the number of its router, once, and the routers share the batch. Each of them
 * gets every batch, as its connections close by the watermark. A router that is behind has a queue here; when the longest is
 * full, no more is read. In steps, all routers are done with a batch before any of them gets the next.
 */
public final class Delivery extends GraphStage<SinkShape<EventBatch>> {

    private static final Logger log = LoggerFactory.getLogger(Delivery.class);
    /** Batches that may wait for a router. */
    static final int MAX_WAITING = 16;

    private final Inlet<EventBatch> inlet = Inlet.create("batches");
    private final SinkShape<EventBatch> shape = SinkShape.of(inlet);
    private final List<Recipient> recipients = new ArrayList<>();
    private final Division division;
    private final Pace pace;
    private final Runnable whenEnded;

    private volatile @Nullable AsyncCallback<Runnable> news;

    /**
     * A delivery to {@code routers}, in the order of their numbers.
     *
     * @param processes learns what the events say of processes
     * @param whenEnded runs once the last router has ended
     */
    public Delivery(
            List<ActorRef<ConnectionRouter.Command>> routers,
            ProcessTable processes,
            Books books,
            Pace pace,
            Runnable whenEnded) {
        routers.forEach(router -> recipients.add(new Recipient(router)));
        this.division = new Division(routers.size(), processes, books);
        this.pace = pace;
        this.whenEnded = whenEnded;
    }

    /** The router with this number has handed over all that it had. Any thread. */
    public void ended(int router) {
        tell(recipients.get(router)::end);
    }

    /** The pace may have changed its mind. Any thread. */
    public void lookAgain() {
        tell(() -> {});
    }

    private void tell(Runnable change) {
        AsyncCallback<Runnable> callback = news;
        if (callback != null) {
            callback.invoke(change);
        }
    }

    @Override
    public SinkShape<EventBatch> shape() {
        return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes inheritedAttributes) {
        return new Logic();
    }

    /** A router, and the batches that it has not asked for yet. */
    private static final class Recipient {

        private final ActorRef<ConnectionRouter.Command> router;
        private final Queue<ConnectionRouter.Deliver> waiting = new ArrayDeque<>();
        private boolean asks = true;
        private boolean ended;

        Recipient(ActorRef<ConnectionRouter.Command> router) {
            this.router = router;
        }

        void give(ConnectionRouter.Deliver batch) {
            if (asks) {
                asks = false;
                router.tell(batch);
            } else {
                waiting.add(batch);
            }
        }

        void ask() {
            ConnectionRouter.Deliver next = waiting.poll();
            if (next == null) {
                asks = true;
            } else {
                router.tell(next);
            }
        }

        void end() {
            ended = true;
        }
    }

    private final class Logic extends GraphStageLogic {

        private @Nullable ActorRef<ConnectionRouter.Ack> answers;
        private boolean completing;

        private Logic() {
            super(shape);
            setHandler(inlet, new AbstractInHandler() {
                @Override
                public void onPush() {
                    deliver(grab(inlet));
                    goOn();
                }

                @Override
                public void onUpstreamFinish() {
                    goOn();
                }

                @Override
                public void onUpstreamFailure(Throwable cause) {
                    log.error("the stream of kernel events has failed: {}", cause.toString());
                    goOn();
                }
            });
        }

        @Override
        public void preStart() {
            // The routers have still to end when the stream has.
            setKeepGoing(true);
            news = createAsyncCallback(change -> {
                change.run();
                goOn();
            });
            org.apache.pekko.actor.ActorRef self = getStageActor(this::onAnswer).ref();
            answers = Adapter.toTyped(self);
            recipients.forEach(recipient -> stageActor().watch(Adapter.toClassic(recipient.router)));
            goOn();
        }

        private BoxedUnit onAnswer(Tuple2<org.apache.pekko.actor.ActorRef, Object> answer) {
            if (answer._2() instanceof ConnectionRouter.Ack ack) {
                recipients.get(ack.router()).ask();
                goOn();
            } else if (answer._2() instanceof Terminated terminated) {
                onGone(terminated.getActor());
            }
            return BoxedUnit.UNIT;
        }

        /** Without one of its routers a capture would be silent about a part of its connections. */
        private void onGone(org.apache.pekko.actor.ActorRef router) {
            boolean isBefore = recipients.stream()
                    .anyMatch(recipient -> !recipient.ended
                            && Adapter.toClassic(recipient.router).equals(router));
            if (isBefore) {
                failStage(
                        new IllegalStateException("router " + router.path().name() + " has ended before its capture"));
            }
        }

        private void deliver(EventBatch batch) {
            OptionalLong time = pace.begins(batch);
            division.divide(batch);
            for (int i = 1; i < recipients.size(); i++) {
                batch.retain();
            }
            ConnectionRouter.Deliver message = new ConnectionRouter.Deliver(batch, time, answers());
            recipients.forEach(recipient -> recipient.give(message));
            pace.delivered();
        }

        private void goOn() {
            if (!isClosed(inlet)) {
                if (!hasBeenPulled(inlet) && haveRoom() && pace.goesOn()) {
                    pull(inlet);
                }
            } else if (!completing) {
                complete();
            } else if (recipients.stream().allMatch(recipient -> recipient.ended) && pace.mayEnd()) {
                whenEnded.run();
                completeStage();
            }
        }

        private boolean haveRoom() {
            return pace.isInSteps()
                    ? recipients.stream().allMatch(recipient -> recipient.asks)
                    : recipients.stream().allMatch(recipient -> recipient.waiting.size() < MAX_WAITING);
        }

        private void complete() {
            boolean isDue = pace.isInSteps()
                    ? haveRoom() && pace.goesOn()
                    : recipients.stream().allMatch(recipient -> recipient.waiting.isEmpty());
            if (isDue) {
                completing = true;
                ConnectionRouter.Completed message = new ConnectionRouter.Completed(pace.finishes());
                recipients.forEach(recipient -> recipient.router.tell(message));
            }
        }

        private ActorRef<ConnectionRouter.Ack> answers() {
            if (answers == null) {
                throw new IllegalStateException("not started");
            }
            return answers;
        }
    }
}
