package io.kyanos.actor;

import io.kyanos.connection.Loss;
import org.apache.pekko.actor.DeadLetter;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Takes back, and counts, what a dying actor leaves in its mailbox. */
public final class DeadLetters {

    private DeadLetters() {}

    /**
     * Returns the batches and the credit of what the connection actors of one router leave behind.
     *
     * @param router the name of the router's actor
     * @return to be stopped with the capture
     */
    public static ActorRef<DeadLetter> collect(
            ActorSystem<?> system, ConnectionActor.Surroundings surroundings, String router) {
        ActorRef<DeadLetter> collector = system.systemActorOf(
                Behaviors.receive(DeadLetter.class)
                        .onMessage(DeadLetter.class, letter -> {
                            if (letter.recipient().path().parent().name().equals(router)) {
                                takeBack(letter.message(), surroundings);
                            }
                            return Behaviors.same();
                        })
                        .build(),
                router + "-dead-letters",
                DispatcherSelector.fromConfig(ActorSettings.STREAM_DISPATCHER));
        Adapter.toClassic(system).eventStream().subscribe(Adapter.toClassic(collector), DeadLetter.class);
        return collector;
    }

    private static void takeBack(Object undelivered, ConnectionActor.Surroundings surroundings) {
        if (undelivered instanceof ConnectionActor.Deliver deliver) {
            surroundings.books().drop(Loss.DEAD_LETTER, deliver.indexes().length);
            deliver.batch().release();
            surroundings.giveBackCredit().accept(deliver.indexes().length);
        } else if (undelivered instanceof ConnectionActor.Close || undelivered instanceof ConnectionActor.Time) {
            surroundings.giveBackCredit().accept(1);
        }
    }
}
