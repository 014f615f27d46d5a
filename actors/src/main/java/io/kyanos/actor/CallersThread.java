package io.kyanos.actor;

import com.typesafe.config.Config;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.dispatch.DispatcherPrerequisites;
import org.apache.pekko.dispatch.ExecutorServiceConfigurator;
import org.apache.pekko.dispatch.ExecutorServiceFactory;

/**
 * The executor of a dispatcher whose mailboxes run on the thread that puts something into them, before it goes on. Named in
 * the configuration of a dispatcher, and made by Pekko.
 */
/*
 * A mailbox that is handed to another thread costs a wake-up, several microseconds, and finds its events in another
 * processor's cache. What runs meanwhile and puts something into a further mailbox does not run that within itself: the outermost
 * call does, afterwards, so that the stack stays flat.
 */
public final class CallersThread extends ExecutorServiceConfigurator {

    /** As Pekko makes it. */
    public CallersThread(Config config, DispatcherPrerequisites prerequisites) {
        super(config, prerequisites);
    }

    @Override
    public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory threads) {
        return Executor::new;
    }

    private static final class Executor extends AbstractExecutorService {

        private final ThreadLocal<Turn> turns = ThreadLocal.withInitial(Turn::new);
        private volatile boolean shutDown;

        @Override
        public void execute(Runnable task) {
            turns.get().run(task);
        }

        @Override
        public void shutdown() {
            shutDown = true;
        }

        @Override
        public List<Runnable> shutdownNow() {
            shutDown = true;
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return shutDown;
        }

        @Override
        public boolean isTerminated() {
            return shutDown;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return shutDown;
        }
    }

    /** What one thread runs at the moment, and has to run after that. */
    private static final class Turn {

        private final Queue<Runnable> next = new ArrayDeque<>();
        private boolean running;

        void run(Runnable task) {
            if (running) {
                next.add(task);
                return;
            }
            running = true;
            try {
                for (Runnable due = task; due != null; due = next.poll()) {
                    due.run();
                }
            } finally {
                running = false;
            }
        }
    }
}
